#!/bin/sh
# Tag an article from a shell: from a JSON file, or from a text on standard input.
#   examples/tag.sh article.json
#   examples/tag.sh < page.txt
# COPYDESK_URL is the address of the service, COPYDESK_KEY an API key if it needs one.
# Exit code 22: the service refused the article; its answer gives the reason.
set -eu
type=text/plain path=/v1/tags/text
[ $# -eq 0 ] || type=application/json path=/v1/tags
header=
[ -z "${COPYDESK_KEY:-}" ] || header="header = \"Authorization: Bearer $COPYDESK_KEY\""
# the key goes by a file descriptor, so that no list of processes shows it
exec curl --silent --show-error --fail-with-body --max-time 3 --retry 2 --retry-connrefused --retry-max-time 6 \
    --config /dev/fd/3 --header "Content-Type: $type" --data-binary "@${1:--}" \
    "${COPYDESK_URL:-http://127.0.0.1:8000}$path" 3<<CONFIG
$header
CONFIG
