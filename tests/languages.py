"""A made-up second language for tests: English in Cyrillic letters. A translation shares no word with its original."""

from string import ascii_lowercase

_CYRILLIC = "абцдефгхийклмнопярстувжщыз"
_LETTERS = str.maketrans(ascii_lowercase + ascii_lowercase.upper(), _CYRILLIC + _CYRILLIC.upper())


def in_cyrillic(text: object) -> str:
    """Write a text in the letters of the second language, digits too."""
    return str(text).translate(_LETTERS).translate(str.maketrans("0123456789", "абвгдежзий")).replace(".", "!")


def translated(rows: list[dict[str, object]], named_by: str = "") -> list[dict[str, object]]:
    """Return articles in English and after them their translations, with the labels of the originals.

    Parameters
    ----------
    rows : list of dict
        As `tests.helpers.small_corpus` returns them.
    named_by : str
        The field by which a translation names its original: ``story``, ``translation_of``, or empty for none.
    """
    originals = [row | {"language": "en"} for row in rows]
    others = [
        row
        | {"id": f"{row['id']}-ru", "language": "ru"}
        | {name: in_cyrillic(row[name]) for name in ("headline", "body")}
        for row in rows
    ]
    if named_by == "story":
        originals = [row | {"story": f"s-{row['id']}"} for row in originals]
        others = [row | {"story": original["story"]} for row, original in zip(others, originals, strict=True)]
    elif named_by:
        others = [row | {named_by: original["id"]} for row, original in zip(others, originals, strict=True)]
    return originals + others
