"""The plugin as a product: the archive, its readme, and its translations."""

import json
import re
import subprocess
import zipfile

import pytest
from playwright.sync_api import expect

from tests.cms.browser import open_block_editor, open_panel
from tests.cms.site import PLUGIN
from tests.cms.stories import TERROR, TERROR_BODY
from tests.packaging.plugin import POT, header, pack, template, translations

README = (PLUGIN / "readme.txt").read_text()


def field(name):
    found = re.search(rf"^{name}: (.+)$", README, re.MULTILINE)
    assert found, name
    return found[1]


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    path = pack(folder)
    assert pack(folder / "again").read_bytes() == path.read_bytes()
    with zipfile.ZipFile(path) as opened:
        yield {name: opened.read(name) for name in opened.namelist()}


def test_the_archive_has_the_plugin_in_one_folder(archive):
    assert {name.split("/")[0] for name in archive} == {"copydesk"}
    files = {path.relative_to(PLUGIN).as_posix() for path in PLUGIN.rglob("*") if path.is_file()}
    assert {name.removeprefix("copydesk/") for name in archive} >= files | {"LICENSE"}
    assert b"Apache License" in archive["copydesk/LICENSE"]
    assert "copydesk/languages/copydesk-de_DE.mo" in archive
    assert not [name for name in archive if re.search(r"/\.|\.(zip|phar|sh|exe)$", name)]


def test_readme_and_header_agree(archive):
    assert field("Stable tag") == header("Version")
    assert f"const VERSION = '{header('Version')}';" in (PLUGIN / "copydesk.php").read_text()
    for name in ("Requires at least", "Requires PHP", "License"):
        assert field(name) == header(name)
    assert header("Author")
    assert len(field("Tags").split(", ")) <= 5
    description = README.split("\n\n")[1].strip()
    assert 0 < len(description) <= 150
    assert f"= {header('Version')} =" in README.split("== Changelog ==")[1]


def test_the_template_has_every_sentence_of_the_plugin():
    assert POT.read_text() == template(), "run make plugin-template"
    for script in PLUGIN.rglob("*.js"):
        for sentence in re.findall(r"__\( '((?:[^'\\]|\\.)*)'", script.read_text()):
            assert f'"{sentence}"' in POT.read_text()


def test_every_translation_is_of_the_present_sentences():
    sentences = set(re.findall(r'^msgid "(.+)"$', POT.read_text(), re.MULTILINE))
    for po in PLUGIN.glob("languages/*.po"):
        assert set(re.findall(r'^msgid "(.+)"$', po.read_text(), re.MULTILINE)) <= sentences
        files = translations(po)
        panel = json.loads(files[f"{po.stem}-copydesk-panel.json"])["locale_data"]["copydesk"]
        assert "Copydesk suggests: %s." in panel
        assert "Asking…" not in panel  # of another script


def test_german_lacks_no_sentence():
    po = PLUGIN / "languages" / "copydesk-de_DE.po"
    for kind in ("--untranslated", "--fuzzy", "--only-obsolete"):
        found = run("msgattrib", kind, "--no-wrap", str(po))
        assert re.findall(r'^(?:#~ )?msgid "(.+)"$', found, re.MULTILINE) == [], kind
    translated = set(re.findall(r'^msgid "(.+)"$', po.read_text(), re.MULTILINE))
    assert translated == set(re.findall(r'^msgid "(.+)"$', template(), re.MULTILINE))


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_a_translation_reaches_php_and_scripts(site, page):
    languages = site.wordpress / "wp-content" / "plugins" / "copydesk" / "languages"
    made = [path for po in PLUGIN.glob("languages/*.po") for path in write(translations(po), languages)]
    site.php("update_option('test_locale', 'de_DE');")
    try:
        post = site.publish(TERROR, TERROR_BODY, status="draft")["id"]
        open_block_editor(page, site, post)
        expect(open_panel(page).locator(".copydesk-ask")).to_have_text("Ressorts vorschlagen")
        page.goto(f"{site.url}/wp-admin/edit.php")
        expect(page.locator("#copydesk-filter")).to_contain_text("Offene Vorschläge")
        settings = site.log_in().get("/wp-admin/options-general.php?page=copydesk").text
        assert "Ressorts neu einlesen" in settings
        assert "Rückmeldungen der Redaktion" in settings
    finally:
        site.php("delete_option('test_locale');")
        for path in made:
            path.unlink()


def write(files, folder):
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return [folder / name for name in files]


def test_the_text_for_the_privacy_policy_is_offered(site):
    page = site.log_in().get("/wp-admin/options-privacy.php?tab=policyguide").text
    assert "The headline and the text of articles are sent to a service" in page
