#!/usr/bin/env bash
# Ghost 6.65.0 (npm): three surprises for a program that sets a post's tags by the Admin API.
#
# 1. Expected: a tag that is sent with the slug of an existing one is that tag, whatever name comes with it.
#    Seen: {"slug": "south-asia", "name": "South-Asia"} makes a second tag, south-asia-2, if the first has the name "South Asia". It is
#    only found without a name, or with exactly its own. No error says so; each such call leaves one more tag on the site.
# 2. Expected: updated_at guards a post: a PUT with an old one is answered 409.
#    Seen: a change of tags alone leaves updated_at as it was. So a second writer with the list from before takes the tags off again,
#    with 200. That is what an author's open window does at the next save. A PUT with an updated_at that is really old gets 409.
# 3. Expected: a webhook that is answered 503 is sent again (its options have a retry limit of 5).
#    Seen: it is sent once. Its HTTP client, got, retries no POST unless it is told to.
#
# It needs npm and the Debian package mariadb-server, which it does not install. Ghost takes 600 MB of the disk while it runs.
set -eu
PATH="$PATH:/usr/sbin"
for needed in mariadbd mariadb-install-db mariadb npm python3; do
    command -v $needed >/dev/null || { echo "$needed is missing. Fix: install mariadb-server, npm and python3." >&2; exit 2; }
done
folder=$(mktemp -d) started=()
trap 'exit 1' INT TERM
trap 'trap "" INT TERM; { kill -KILL "${started[@]}"; wait; } 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"

# Ghost, with a Node.js and the pnpm that it names; without its optional packages, of which SQLite would be compiled
tar xzf "$(npm pack --silent ghost@6.65.0)"
pnpm=$(node -p 'require("./package/package.json").packageManager.split("+")[0]')
mkdir tools && echo '{"private": true}' >tools/package.json
npm install --silent --no-package-lock --no-audit --no-fund --prefix tools node@22.23.3 "$pnpm"
PATH="$folder/tools/node_modules/.bin:$PATH"
(cd package && pnpm install --prod --no-optional --frozen-lockfile --reporter=silent)

# a database that has no port
place=(--no-defaults "--datadir=$folder/data" "--user=$(id -un)")
mariadb-install-db "${place[@]}" --auth-root-authentication-method=normal --skip-test-db >install.log 2>&1
mariadbd "${place[@]}" --skip-networking "--socket=$folder/socket" >database.log 2>&1 &
started+=($!)
until mariadb --no-defaults "--socket=$folder/socket" -u root -e 'CREATE DATABASE ghost CHARACTER SET utf8mb4' 2>/dev/null; do
    kill -0 $! || { cat database.log >&2; exit 1; }
    sleep 0.5
done

# a session without a code from an e-mail, webhooks to this machine, no calls to others
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >package/config.production.json <<JSON
{"url": "http://127.0.0.1:$port", "server": {"host": "127.0.0.1", "port": $port},
 "database": {"client": "mysql", "connection": {"socketPath": "$folder/socket", "user": "root", "database": "ghost"}},
 "paths": {"contentPath": "$folder/package/content"}, "logging": {"transports": ["stdout"]}, "mail": {"transport": "stub"},
 "privacy": {"useTinfoil": true}, "security": {"staffDeviceVerification": false, "allowWebhookInternalIPs": true}}
JSON
(cd package && NODE_ENV=production exec node index.js) >ghost.log 2>&1 &
started+=($!)

python3 - "$port" <<'PYTHON' || { tail -n 20 ./*.log >&2; exit 1; }
import base64
import hmac
import http.server
import json
import sys
import threading
import time
import urllib.error
import urllib.request

SITE = f"http://127.0.0.1:{sys.argv[1]}"
as_program = urllib.request.build_opener(urllib.request.ProxyHandler({}))
as_owner = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor())
webhooks = []


class Unavailable(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        webhooks.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_error(503)

    def log_message(self, *_):
        pass


def part(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def jwt(name, secret):
    head, now = {"alg": "HS256", "typ": "JWT", "kid": name}, int(time.time())
    claims = {"aud": "/admin/", "iat": now, "exp": now + 60}
    text = ".".join(part(json.dumps(piece).encode()) for piece in (head, claims))
    return f"{text}.{part(hmac.digest(bytes.fromhex(secret), text.encode(), 'sha256'))}"


def ask(method, path, body=None, key=None):
    """Send a request as the integration with this key, or as the owner; return the status and what was told."""
    headers = {"Content-Type": "application/json", "Accept-Version": "v6.0", "Origin": SITE}
    headers |= {"Authorization": f"Ghost {jwt(*key.split(':'))}"} if key else {}
    data = json.dumps(body).encode() if body else None
    request = urllib.request.Request(f"{SITE}/ghost/api/admin{path}", data, headers, method=method)
    try:
        answer = (as_program if key else as_owner).open(request, timeout=60)
    except urllib.error.HTTPError as error:
        answer = error
    except OSError:  # it does not listen yet
        return 0, None
    text = answer.read().decode()
    return answer.status, json.loads(text) if text.startswith("{") else text


def make(kind, fields, key=None, options=""):
    status, told = ask("POST", f"/{kind}/{options}", {kind: [fields]}, key)
    assert status == 201, (kind, told)
    return told[kind][0]


until = time.monotonic() + 240
while ask("GET", "/site/")[0] != 200:
    assert time.monotonic() < until, "Ghost does not start"
    time.sleep(0.5)
who = {"email": "owner@example.com", "password": "nine green bottles", "name": "Owner", "blogTitle": "Site"}
assert ask("POST", "/authentication/setup/", {"setup": [who]})[0] == 201
assert ask("POST", "/session/", {"username": who["email"], "password": who["password"]})[0] == 201
program = make("integrations", {"name": "Tagger"}, options="?include=api_keys")
key = next(one["secret"] for one in program["api_keys"] if one["type"] == "admin")
receiver = http.server.HTTPServer(("127.0.0.1", 0), Unavailable)
threading.Thread(target=receiver.serve_forever, daemon=True).start()
hook = {"name": "Edited", "event": "post.published.edited", "integration_id": program["id"]}
make("webhooks", hook | {"target_url": f"http://127.0.0.1:{receiver.server_port}/"})
make("tags", {"slug": "south-asia", "name": "South Asia"}, key)
post = make("posts", {"title": "Talks", "status": "published", "tags": [{"name": "News"}]}, key)
time.sleep(2)  # updated_at has whole seconds


def put(surprise, expected, **fields):
    """Change the post with its first updated_at; see the status, the slugs, and if updated_at is as it was."""
    status, told = ask("PUT", f"/posts/{post['id']}/", {"posts": [fields | {"updated_at": post["updated_at"]}]}, key)
    now = told["posts"][0] if status == 200 else {"tags": [], "updated_at": None}
    seen = (status, [tag["slug"] for tag in now["tags"]], now["updated_at"] == post["updated_at"])
    print(f"{surprise}. {fields}: {seen}")
    assert seen == expected, f"not {expected}: {told}"


news, asia = {"slug": "news"}, {"slug": "south-asia"}
put(1, (200, ["news", "south-asia"], True), tags=[news, asia])
put(1, (200, ["news", "south-asia-2"], True), tags=[news, asia | {"name": "South-Asia"}])
put(1, (200, ["news", "south-asia"], True), tags=[news, asia | {"name": "South Asia"}])
put(2, (200, ["news"], True), tags=[news])
put(2, (200, ["news"], False), title="More talks")
put(2, (409, [], False), tags=[news, asia])
time.sleep(20)
print("3. webhooks for five changes, each answered 503:", len(webhooks))
assert len(webhooks) == 5, "the behaviour has changed"
PYTHON
