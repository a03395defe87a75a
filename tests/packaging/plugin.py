"""``python -m tests.packaging.plugin [--pot] FOLDER``: the WordPress plugin as a .zip that WordPress installs.

With ``--pot`` it only writes the template of the translations, which translators start from, into the plugin. Needs
xgettext and msgfmt of GNU gettext.
"""

import argparse
import gettext
import json
import re
import subprocess
import tempfile
import zipfile
from pathlib import Path

from tests.helpers import ROOT
from tests.packaging.build import tracked

PLUGIN = ROOT / "integrations" / "wordpress" / "copydesk"
POT = PLUGIN / "languages" / "copydesk.pot"
#: The same in every archive, so that the same files give the same bytes.
_DAY = (1980, 1, 1, 0, 0, 0)
_KEYWORDS = ("__:1", "_n:1,2", "_x:1,2c", "esc_html__:1", "esc_attr__:1", "esc_html_e:1")


def header(name: str) -> str:
    """Return a field of the plugin's header, such as ``Version``."""
    found = re.search(rf"^ \* {name}: +(.+)$", (PLUGIN / "copydesk.php").read_text(encoding="utf-8"), re.MULTILINE)
    if not found:
        raise SystemExit(f"copydesk.php has no {name} in its header. Fix: add the line “ * {name}: …”.")
    return found[1]


def template() -> str:
    """Return the template with every sentence of the plugin, and where it stands."""
    common = ["xgettext", "--from-code=UTF-8", "--add-comments=translators", "--add-location=file", "--sort-by-file"]
    common += ["--keyword", *(f"--keyword={word}" for word in _KEYWORDS), "--no-wrap"]
    with tempfile.TemporaryDirectory() as folder:
        found = Path(folder) / "copydesk.pot"
        common.append(f"--output={found}")
        _run(*common, "--language=PHP", *map(_name, sorted(PLUGIN.rglob("*.php"))))
        _run(*common, "--language=JavaScript", "--join-existing", *map(_name, sorted(PLUGIN.rglob("*.js"))))
        text = found.read_text(encoding="utf-8")
    fields = ["Project-Id-Version: Copydesk", "MIME-Version: 1.0", "Content-Type: text/plain; charset=UTF-8"]
    fields += ["Content-Transfer-Encoding: 8bit", "X-Domain: copydesk"]  # no date: the same sentences, the same file
    lines = "".join(f'"{field}\\n"\n' for field in fields)
    # WordPress looks up the description of the header among the translations too, and no call names it
    shown = f'\n#. Description of the plugin\n#: copydesk.php\nmsgid "{header("Description")}"\nmsgstr ""\n'
    return f'msgid ""\nmsgstr ""\n{lines}{shown}' + text[text.index("\n\n") + 1 :]


def _name(path: Path) -> str:
    return path.relative_to(PLUGIN).as_posix()


def _run(*command: str) -> str:
    done = subprocess.run(command, cwd=PLUGIN, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return done.stdout


def translations(po: Path) -> dict[str, bytes]:
    """Return the files that WordPress reads of a translation: one for PHP, and one for each script, by their names."""
    locale = po.stem.removeprefix("copydesk-")
    with tempfile.TemporaryDirectory() as folder:
        mo = Path(folder) / "messages.mo"
        _run("msgfmt", "--check", f"--output-file={mo}", str(po))
        compiled = mo.read_bytes()
        with mo.open("rb") as opened:
            catalogue = gettext.GNUTranslations(opened)._catalog  # type: ignore[attr-defined]
    found = {f"{po.stem}.mo": compiled}
    for script in sorted(PLUGIN.rglob("*.js")):
        entries = _entries(script, catalogue)
        data = {"": {"domain": "copydesk", "lang": locale, "plural-forms": "nplurals=2; plural=(n != 1);"}} | entries
        text = json.dumps({"domain": "copydesk", "locale_data": {"copydesk": data}}, ensure_ascii=False)
        found[f"{po.stem}-copydesk-{script.stem}.json"] = text.encode()
    return found


def _entries(script: Path, catalogue: dict[object, str]) -> dict[str, list[str]]:
    """Return the translations of a script's own sentences."""
    text = script.read_text(encoding="utf-8")
    entries: dict[str, list[str]] = {}
    for key, translated in catalogue.items():
        sentence = key[0] if isinstance(key, tuple) else key
        if isinstance(sentence, str) and sentence and repr_of(sentence) in text:
            entries.setdefault(sentence, []).append(translated)
    return entries


def repr_of(sentence: str) -> str:
    """Return the sentence as a script quotes it."""
    return "'" + sentence.replace("\\", "\\\\").replace("'", "\\'") + "'"


def pack(folder: Path) -> Path:
    """Write ``copydesk-VERSION.zip``, whose one folder goes to wp-content/plugins, and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    inside = PLUGIN.relative_to(ROOT).as_posix() + "/"
    files = {name.removeprefix(inside): (ROOT / name).read_bytes() for name in tracked() if name.startswith(inside)}
    files["LICENSE"] = (ROOT / "LICENSE").read_bytes()
    for po in sorted(PLUGIN.glob("languages/*.po")):
        files |= {f"languages/{name}": data for name, data in translations(po).items()}
    path = folder / f"copydesk-{header('Version')}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(files.items()):
            entry = zipfile.ZipInfo(f"copydesk/{name}", _DAY)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return path


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--pot", action="store_true")
    parser.add_argument("folder", type=Path, nargs="?", default=Path("dist"))
    given = parser.parse_args()
    if given.pot:
        POT.parent.mkdir(exist_ok=True)
        POT.write_text(template(), encoding="utf-8")
        print(POT.relative_to(ROOT))
    else:
        print(pack(given.folder))
