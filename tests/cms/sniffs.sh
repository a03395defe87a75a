#!/usr/bin/env bash
# The sniffs with which Plugin Check, the tool of WordPress's plugin directory, looks at a plugin: no error may remain. Composer
# brings them into .venv-sniffs/. Without network, set COPYDESK_SNIFFS to a folder with PHP_CodeSniffer, PHPCSUtils, PHPCSExtra
# and WordPress-Coding-Standards, as Composer or git put them there.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=${COPYDESK_SNIFFS:-.venv-sniffs}
if [ ! -d "$folder" ]; then
    command -v composer >/dev/null || {
        echo "make verify-plugin needs Composer. Fix: install it (apt-get install composer), or set COPYDESK_SNIFFS to a folder with the sniffs." >&2
        exit 2
    }
    mkdir -p "$folder"
    COMPOSER_ALLOW_SUPERUSER=1 composer --working-dir="$folder" --no-interaction --no-plugins require --dev wp-coding-standards/wpcs:^3.1
fi
phpcs=$(find "$folder" -path '*/bin/phpcs' -type f | head -1)
standards=$(find "$folder" -name ruleset.xml -not -path '*/src/Standards/*' -not -path '*/[Tt]ests/*' -printf '%h\n' | xargs -n1 dirname | xargs -n1 realpath | sort -u | paste -sd,)
if [ -z "$phpcs" ] || [ -z "$standards" ]; then
    echo "$folder has no PHP_CodeSniffer or no standards. Fix: delete it, and run this again." >&2
    exit 2
fi
php "$phpcs" --version
php "$phpcs" --runtime-set installed_paths "$standards" --standard=integrations/wordpress/plugin-check.xml integrations/wordpress/copydesk
echo "no errors in $(find integrations/wordpress/copydesk -name '*.php' | wc -l) files"
