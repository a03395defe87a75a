"""The catalogues of the desk: “python -m tests.desk.catalogues” adds new strings to desk.po and compiles desk.mo.

Translate the new strings in desk.po, and run it again. Babel reads the templates; the service needs only desk.mo.
"""

import sys
from io import BytesIO

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from tests.helpers import ROOT

DESK = ROOT / "classifier" / "service" / "desk"
LANGUAGES = ("de",)
_OPTIONS = {"**.html": {"trim_blocks": "true", "lstrip_blocks": "true", "newstyle_gettext": "true"}}


def template() -> Catalog:
    """Return the strings of the templates."""
    found = Catalog(fuzzy=False)
    for _, _, message, _, context in extract_from_dir(DESK / "templates", [("**.html", "jinja2")], _OPTIONS):
        found.add(message, context=context)
    return found


def translated(language: str) -> Catalog:
    """Return the strings of a language as desk.po has them."""
    with (DESK / "locale" / language / "LC_MESSAGES" / "desk.po").open("rb") as file:
        return read_po(file)


def compiled(catalogue: Catalog) -> bytes:
    """Return the bytes of desk.mo."""
    out = BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def strings(catalogue: Catalog) -> dict[object, object]:
    """Return the translation of each string."""
    return {one(m.id): one(m.string) for m in catalogue if m.id}


def one(text: object) -> object:
    """Return a string as it is, and its singular and plural as a tuple."""
    return tuple(text) if isinstance(text, list | tuple) else text


def untranslated(catalogue: Catalog) -> list[object]:
    """Return the strings without a translation."""
    return [m.id for m in catalogue if m.id and not all(m.string if isinstance(m.string, tuple) else (m.string,))]


def main() -> int:
    missing = 0
    for language in LANGUAGES:
        catalogue, folder = translated(language), DESK / "locale" / language / "LC_MESSAGES"
        revised = catalogue.revision_date
        catalogue.update(template(), no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        catalogue.creation_date = catalogue.revision_date = revised
        with (folder / "desk.po").open("wb") as file:
            write_po(file, catalogue, sort_output=True, width=120)
        (folder / "desk.mo").write_bytes(compiled(translated(language)))
        for message in untranslated(catalogue):
            missing += 1
            print(f"{language}: not translated: {message}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
