#!/usr/bin/env bash
# What `make verify-ghost` needs: MariaDB from Debian; Ghost from npm, with the Node.js and the pnpm that it asks for, in .venv-ghost/.
# Nothing is started and nothing listens afterwards. It needs some Node.js with npm to begin with.
set -euo pipefail
GHOST=6.65.0
NODE=22.23.3
FOLDER="$(cd "$(dirname "$0")/../.." && pwd)/.venv-ghost"

if ! command -v mariadbd >/dev/null && [ ! -x /usr/sbin/mariadbd ]; then
    if [ "$(id -u)" -ne 0 ]; then
        echo "make verify-ghost needs the Debian package mariadb-server. Fix: run tests/ghost/install.sh as root once." >&2
        exit 2
    fi
    if [ ! -e /usr/sbin/policy-rc.d ]; then # no package may start its service
        printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
        chmod +x /usr/sbin/policy-rc.d
        trap 'rm -f /usr/sbin/policy-rc.d' EXIT
    fi
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends mariadb-server
fi

rm -rf "$FOLDER"
mkdir -p "$FOLDER/tools"
cd "$FOLDER"
npm pack --silent "ghost@$GHOST" >/dev/null
tar xzf "ghost-$GHOST.tgz"
rm "ghost-$GHOST.tgz"
mv package ghost
# Ghost's lock file is pnpm's, and a pnpm of another version would fetch the one that Ghost names
pnpm=$(sed -n 's/.*"packageManager": "\(pnpm@[0-9.]*\).*/\1/p' ghost/package.json)
echo '{"private": true}' >tools/package.json
npm install --silent --no-package-lock --no-audit --no-fund --prefix tools "node@$NODE" "$pnpm"
export PATH="$FOLDER/tools/node_modules/.bin:$PATH"
cd ghost
# without SQLite, which would be compiled
pnpm install --prod --no-optional --frozen-lockfile --reporter=silent
