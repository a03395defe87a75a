"""The plugin's source: it parses, keeps to one style, and escapes whatever it prints."""

import re
import shutil
import subprocess

import pytest

from tests.cms.site import HERE, PLUGIN

FILES = sorted(PLUGIN.rglob("*.php"))
MOST_LINES = 300
STANDARD = PLUGIN.parent / "phpcs.xml"


def run(*command):
    return subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=120, check=False)


def test_php_parses_every_file():
    assert len(FILES) > 10
    for file in FILES:
        done = run("php", "-l", "-d", "display_errors=1", "-d", "error_reporting=-1", file)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Deprecated" not in done.stdout + done.stderr


@pytest.mark.skipif(not shutil.which("phpcs"), reason="this Debian has no php-codesniffer")
def test_phpcs_finds_nothing():
    done = run("phpcs", "-q", f"--standard={STANDARD}", PLUGIN)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_output_is_escaped():
    done = run("php", HERE / "outputs.php", *FILES)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


@pytest.mark.parametrize(
    "bad",
    ["echo $name;", "printf( '%s', $name );", "echo '<p>' . $name . '</p>';", "echo esc_html( $a ) . get_the_title();"],
)
def test_an_output_that_is_not_escaped_is_found(bad, tmp_path):
    file = tmp_path / "bad.php"
    file.write_text(f"<?php\n{bad}\n")
    assert "bad.php:2" in run("php", HERE / "outputs.php", file).stdout


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.name)
def test_every_file_is_strict_short_and_not_callable_alone(file):
    text = file.read_text()
    assert "declare( strict_types=1 );" in text
    assert re.search(r"defined\( '(ABSPATH|WP_UNINSTALL_PLUGIN)' \) \|\| exit;", text)
    assert text.count("\n") < MOST_LINES


def test_every_sentence_can_be_translated():
    for file in FILES:
        for domain in re.findall(
            r"\b(?:__|_n|esc_html__|esc_attr__)\((?:[^()']|'(?:[^'\\]|\\.)*'|\([^()]*\))*?'([\w-]+)' \)",
            file.read_text(),
        ):
            assert domain == "copydesk"


@pytest.mark.parametrize("file", sorted(PLUGIN.rglob("*.js")), ids=lambda path: path.name)
def test_scripts_never_write_markup(file):
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|document\.write|\beval\b", file.read_text()
    )
