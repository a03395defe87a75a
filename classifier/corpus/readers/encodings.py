"""Encodings of text files: the byte order mark decides, then --encoding, and else a file is UTF-8."""

import codecs
import re
from collections.abc import Iterable
from pathlib import Path

from classifier.errors import CorpusError

#: Byte order mark -> the encoding that decodes the file with it. UTF-32's begins with UTF-16's.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_UTF8 = ("utf-8", "utf-8-sig", "ascii")
#: Bytes that are not UTF-8, as ``errors="surrogateescape"`` keeps them.
_BYTES = "\udc80-\udcff"
#: A run of them, and the character before and after it.
_RUNS = re.compile(f"([^{_BYTES}]?)([{_BYTES}]+)(?=(.?))", re.DOTALL)
#: Characters that are UTF-8, not ASCII. By chance, a few of another encoding are as well, such as “É»”.
_CHARACTERS = re.compile(f"[^\0-\x7f{_BYTES}]+")
_MOST_CHARACTERS = 0.05
#: What is left of byte order marks, quotes and euro signs that were cut.
_CUT = re.compile("ÿþ|þÿ|â[€‚]")
_SIGNS = "€‚„…‰‹‘’“”•–—›«»°§©®£¢¡¿²³½\xa0"
_LONGEST_RUN = 2
_MOST_RAWS = 200


def encoding_of(path: Path, head: bytes, asked: str | None) -> str | None:
    """Return the encoding to read a file with, or None if it is UTF-8.

    Raises
    ------
    CorpusError
        If ``asked`` is not the name of an encoding, or the file seems to be UTF-16 without a byte order mark.
    """
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return None if encoding == "utf-8-sig" else encoding
    if asked:
        try:
            name = codecs.lookup(asked).name
            "".encode(name)
        except LookupError as error:
            raise CorpusError(
                f"--encoding: {asked!r} is not the name of a text encoding. Fix: use a name such as windows-1252"
            ) from error
        return None if name in _UTF8 else name
    if b"\0" in head[:200]:
        for name, start in (("utf-16-le", 1), ("utf-16-be", 0)):
            half = head[start:200:2]
            if half and half.count(0) > 0.7 * len(half):
                raise CorpusError(
                    f"{path}:1: not UTF-8; it looks like UTF-16 without a byte order mark. "
                    f"Fix: add --encoding {name}, or save the file as UTF-8"
                )
    return None


def looks_like(raws: Iterable[str]) -> str | None:
    """Return ``windows-1252`` if the bytes that are not UTF-8 are letters and quotes of it, or None.

    In it, letters of Western languages stand alone between ASCII letters. In the encodings of other scripts, whole
    words consist of such bytes. Text that also holds characters in UTF-8 is damaged, not in another encoding.
    """
    given = list(raws)[:_MOST_RAWS]
    runs = [run for raw in given for run in _RUNS.findall(raw)]
    if not runs or sum(len(run) > _LONGEST_RUN for _, run, _ in runs) * 10 > len(runs):
        return None
    if sum(len(_CHARACTERS.findall(raw)) for raw in given) > _MOST_CHARACTERS * len(runs):
        return None
    try:
        read = [(before, _windows_1252(run), after) for before, run, after in runs]
    except UnicodeDecodeError:
        return None
    plausible = sum(_n_plausible(*run) for run in read)
    return "windows-1252" if plausible >= 0.9 * sum(len(run) for _, run, _ in read) else None


def _windows_1252(run: str) -> str:
    return run.encode("utf-8", "surrogateescape").decode("windows-1252")


def _n_plausible(before: str, run: str, after: str) -> int:
    """Return how many characters of a run are as in a text of words, by what stands before and after it."""
    if _CUT.search(run):
        return 0
    around = f"{before or ' '}{run}{after or ' '}"
    return sum(_is_plausible(*around[place - 1 : place + 2]) for place in range(1, len(run) + 1))


def _is_plausible(before: str, character: str, after: str) -> bool:
    if character.isupper() and before.islower():
        return False
    if character in "ÂÃ" and not (before.isupper() or after.isalpha()):  # half of a letter in UTF-8
        return False
    return character.isalpha() or character in _SIGNS
