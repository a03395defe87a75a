#!/usr/bin/env bash
# What `make test-cms` needs: Debian packages, where they are missing, and two versions of WordPress, unpacked into .venv-wordpress/.
# Nothing is started and nothing listens afterwards. The gate is the version of Debian stable, which gets security updates; the
# newest is that of Debian unstable. Neither is installed, so the machine stays on its own release.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
declare -A SUITES=([gate]=trixie [newest]=sid)
FOLDER="$(cd "$(dirname "$0")/../.." && pwd)/.venv-wordpress"
DAYS=7 # after which a version is looked up again

have() { dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; }

missing=()
for package in php-cli php-mysql php-curl php-xml php-mbstring mariadb-server php-codesniffer gettext chromium; do
    have "$package" || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
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
    if [[ " ${missing[*]} " == *" php-codesniffer "* ]] && ! apt-cache show php-codesniffer >/dev/null 2>&1; then
        echo "This Debian has no php-codesniffer: the test of the style is skipped." >&2
        missing=("${missing[@]/php-codesniffer/}")
    fi
    # shellcheck disable=SC2206 # the empty one goes
    missing=(${missing[@]})
    apt-get install -y -qq --no-install-recommends "${missing[@]}"
fi

# unpack SUITE FOLDER: WordPress of a suite, with an apt of its own, from the mirror that this machine uses for its own release
unpack() {
    local suite=$1 folder=$2 work mirror link target
    work=$(mktemp -d)
    # shellcheck disable=SC2064 # the folder of now
    trap "rm -rf '$work'" EXIT
    mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Origin: Debian' 2>/dev/null | head -1)
    if [ -z "$mirror" ]; then
        echo "make test-cms takes WordPress from Debian, and apt knows no mirror of it. Fix: run it on Debian, or set COPYDESK_TEST_WORDPRESS to a folder with an unpacked WordPress." >&2
        exit 2
    fi
    mkdir -p "$work"/{lists/partial,archives/partial,parts,debs}
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$work/sources.list"
    : >"$work/status"
    local apt=(apt-get -qq -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts="$work/parts"
        -o Dir::State::lists="$work/lists" -o Dir::State::status="$work/status" -o Dir::Cache="$work"
        -o Acquire::Languages=none -o APT::Sandbox::User="$(id -un)")
    "${apt[@]}" update
    (cd "$work/debs" && "${apt[@]}" download wordpress wordpress-theme-twentytwentyfive libjs-cropper libjs-jquery \
        libjs-jquery-ui libjs-lodash libjs-underscore libphp-phpmailer php-getid3)
    for deb in "$work"/debs/*.deb; do dpkg-deb -x "$deb" "$work/root"; done
    # nothing is installed, so a link such as .htaccess -> /etc/wordpress/htaccess leads nowhere until it leads to the unpacked file
    find "$work/root" -xtype l -lname '/*' | while read -r link; do
        target=$(readlink "$link")
        ln -sfn "$work/root$target" "$link"
    done
    rm -rf "$folder" "$folder.new"
    mkdir -p "$(dirname "$folder")"
    cp -rL "$work/root/usr/share/wordpress" "$folder.new"
    mv "$folder.new" "$folder"
    touch "$folder"
}

[ -z "${COPYDESK_TEST_WORDPRESS:-}" ] || exit 0
for version in "${!SUITES[@]}"; do
    if [ -z "$(find "$FOLDER/$version" -maxdepth 0 -mtime "-$DAYS" 2>/dev/null)" ]; then
        unpack "${SUITES[$version]}" "$FOLDER/$version" &
    fi
done
for job in $(jobs -p); do wait "$job"; done
