#!/usr/bin/env bash
# Caddy 2.6.2 (Debian 12): a body over request_body max_size is answered 502, not 413, if reverse_proxy reads it.
#
# Expected: 413, as the documentation of request_body says, and as Caddy answers if a handler of its own reads the body.
# Seen: the proxy's transport wraps the error of the reader, so reverse_proxy takes it for a fault of the upstream: 502, and
# handle_errors gets 502 as well. Clients and monitors then look for the fault in the service behind. Whether it happens is a
# race: an upstream that refuses by Content-Length answers 413 before the limit is met. In handle_errors the text of the error
# tells the cases apart: expression `{err.message}.contains("request body too large")`.
# Needs caddy and python3.
set -eu
folder=$(mktemp -d)
trap 'kill $(jobs -p); rm -rf "$folder"' EXIT
cat > "$folder/upstream.py" <<'PYTHON'
from http.server import BaseHTTPRequestHandler, HTTPServer


class Reads(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()


HTTPServer(("127.0.0.1", 18001), Reads).serve_forever()
PYTHON
cat > "$folder/Caddyfile" <<'CADDY'
{
	admin off
}
http://:18002 {
	bind 127.0.0.1
	request_body {
		max_size 1MiB
	}
	reverse_proxy 127.0.0.1:18001
}
CADDY
python3 "$folder/upstream.py" 2>/dev/null &
HOME=$folder caddy run --adapter caddyfile --config "$folder/Caddyfile" 2>/dev/null &
sleep 2
caddy version
head -c 5000000 /dev/zero | curl -s -o /dev/null -w 'status %{http_code}\n' --data-binary @- http://127.0.0.1:18002/
