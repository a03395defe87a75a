#!/usr/bin/env bash
# The Debian packages that `make test-cms` needs, where they are missing. Nothing is started and nothing listens afterwards.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive

have() { dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; }

missing=()
# wordpress wants "apache2 | httpd" and "libapache2-mod-php | php": micro-httpd, which listens only where inetd starts it, and
# php-cgi satisfy that without a web server on port 80
for package in wordpress wordpress-theme-twentytwentythree micro-httpd php8.2 php8.2-cgi php-cli php-mysql php-curl php-xml php-mbstring \
    mariadb-server php-codesniffer chromium; do
    have "$package" || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -ne 0 ]; then
    echo "make test-cms needs these Debian packages: ${missing[*]}. Run tests/cms/install.sh as root once." >&2
    exit 2
fi
if [ ! -e /usr/sbin/policy-rc.d ]; then # no package may start its service
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
    chmod +x /usr/sbin/policy-rc.d
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
fi
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${missing[@]}"
