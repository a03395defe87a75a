"""The first line of a dumped page, if it names the page's labels."""

import re
from collections.abc import Sequence
from functools import lru_cache

MAX_HEADER_LENGTH = 500
_SEPARATORS = re.compile(r"[\s,;|/·•>»›→–—-]*")

# A line of names of which some are no section.
_BARS = re.compile(r"[|·•;>»›→/]")  # these stand between names, and hardly in a sentence
_BETWEEN_NAMES = re.compile(r"[|·•;>»›→/,]|\s[-–—]\s")
#: Words with a capital or a digit, the small words of names, and what stands between names.
_NAMES = re.compile(r"(?:(?:[^\W_a-z][\w'’&.-]*+|(?:and|of|the|for|in|on|to)(?!\w)|[&|·•;>»›→/,–—-]++)\s*+)++")
_SENTENCE_ENDS = ".!?…:”\"’')"
_ENDS = frozenset(sign.encode() for sign in _SENTENCE_ENDS if sign.isascii())
#: A sign that `_NAMES` has nowhere, such as a Thai mark or a full-width comma.
_IN_NO_NAME = re.compile(r"[^\w\s'’&.|·•;>»›→/,–—-]")
_BYTES_FOR_SIGN = 240
#: The first bytes of characters that have no case and three bytes: Indic, Thai and Tibetan, Han, kana and Hangul.
_CASELESS = frozenset(bytes([first]) for first in (0xE0, *range(0xE3, 0xEA), 0xEB, 0xEC))
_MOST_BYTES = 4 * MAX_HEADER_LENGTH
_RUN_TOGETHER = re.compile(r"[a-z][A-Z]")
#: One or two words.
_UNKNOWN_NAME = re.compile(r"[^\W\d_a-z][\w'’&-]+(?:\s+(?:(?:and|of|the|&)\s+)*[^\W_a-z][\w'’&-]*)?")
_MAX_UNKNOWN_NAME = 40

_Folded = tuple[tuple[tuple[str, str], ...], frozenset[bytes], int]
#: The spellings that were folded last, and their folded forms: a model asks for the same ones again and again.
_latest: dict[str, tuple[Sequence[str], _Folded]] = {}


def split_header(text: str, spellings: Sequence[str]) -> tuple[tuple[str, ...], str]:
    """Split a first line that consists of section names, run together or separated, from the story.

    A few of the names need not be sections, if each is clearly set apart: by a bar, comma or dash, or by a capital
    within a word, as in “South AsiaOpinion”.

    Parameters
    ----------
    text : str
        Cleaned text.
    spellings : sequence of str
        Names and aliases of the sections, longest first, as `Sections.spellings` returns them.

    Returns
    -------
    labels : tuple of str
        The spellings found, in order; empty if the first line is not a header line. An unknown name is as it is
        written.
    story : str
        The text without that line.
    """
    end = text.find("\n", 0, MAX_HEADER_LENGTH + 1)
    line = text[: end if end >= 0 else MAX_HEADER_LENGTH + 1]
    labels = header_labels(line, spellings)
    return (labels, text[len(line) :].lstrip("\n")) if labels else ((), text)


def header_labels(line: str, spellings: Sequence[str]) -> tuple[str, ...]:
    """Return the labels that a first line names, as `split_header` does; none if it is not a header line."""
    if len(line) > MAX_HEADER_LENGTH:
        return ()
    names, _, longest = _latest_folded(spellings)
    begins = line[:longest].casefold().startswith(tuple(folded for _, folded in names))
    if not begins and line[-1:] in _SENTENCE_ENDS:
        return ()
    labels = _names_only(line.casefold(), names) if begins else ()
    if not labels and _NAMES.fullmatch(line):
        labels = _with_unknown_names(line, tuple(spellings))
    return labels


def is_no_header(line: bytes, spellings: Sequence[str]) -> bool:
    """Return whether `header_labels` surely finds none in a line, given as UTF-8: at once for most first lines."""
    if len(line) > _MOST_BYTES:
        return True
    beginnings = _latest_folded(spellings)[1]
    if line[:1] in _CASELESS:
        beginning = line[:_BYTES_FOR_SIGN].decode(errors="ignore")
        return line[:3] not in beginnings and _IN_NO_NAME.search(beginning) is not None
    first = line[:2].lower()
    return line[-1:] in _ENDS and first not in beginnings and first[:1] not in beginnings and first.isascii()


def _latest_folded(spellings: Sequence[str]) -> "_Folded":
    """Return what `_folded` does; at once if it is asked for the same object as the last time."""
    latest = _latest.get("spellings")
    if latest is not None and latest[0] is spellings:
        return latest[1]
    found = _folded(tuple(spellings))
    if isinstance(spellings, tuple):  # nothing can change in it
        _latest["spellings"] = (spellings, found)
    return found


@lru_cache(maxsize=16)
def _folded(spellings: tuple[str, ...]) -> "_Folded":
    """Return the spellings with their folded forms, how these begin, and the length of the longest.

    A beginning is two letters, or one outside ASCII. Empty spellings are left out: cutting a line into them would never
    end.
    """
    names = tuple((name, folded) for name in spellings if (folded := name.casefold()))
    beginnings = frozenset(folded[: 2 if folded[0].isascii() else 1].encode() for _, folded in names)
    return names, beginnings, max((len(folded) for _, folded in names), default=0)


def _names_only(line: str, names: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """Cut a line into names from left to right: try longer names first, and backtrack if that fails."""
    dead: set[int] = set()
    path: list[tuple[int, str]] = []  # (where the name starts, the name)
    position, after = 0, -1  # after: index of the last name tried at this position
    while position < len(line):
        step = next((i for i in range(after + 1, len(names)) if line.startswith(names[i][1], position)), None)
        if step is not None and position not in dead:
            path.append((position, names[step][0]))
            end = position + len(names[step][1])
            found = _SEPARATORS.match(line, end)
            position, after = found.end() if found else end, -1
            continue
        dead.add(position)
        if not path:
            return ()
        position, name = path.pop()
        after = next(i for i, known in enumerate(names) if known[0] == name)
    return tuple(name for _, name in path)


def _with_unknown_names(line: str, spellings: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names in a line of which not all are sections; none if the line may be something else."""
    sections = _pattern(spellings)
    if not sections or not (_BETWEEN_NAMES.search(line) or _RUN_TOGETHER.search(line)):
        return ()
    names: list[str] = []
    n_unknown, is_clear, at = 0, False, 0
    found = list(sections.finditer(line))
    for known in [*found, None]:
        gap = line[at : known.start() if known else len(line)]
        unknown, is_set_apart = _unknown_names(gap, is_first=not at, is_last=not known)
        if unknown is None:
            return ()
        n_unknown += len(unknown)
        is_clear |= is_set_apart
        names += [*unknown, known[0]] if known else unknown
        at = known.end() if known else at
    n_known = len(found)
    enough = n_known and n_unknown <= 3 * n_known if is_clear else n_known > 1 and n_unknown <= n_known
    return tuple(names) if enough else ()


@lru_cache(maxsize=16)
def _pattern(spellings: tuple[str, ...]) -> re.Pattern[str] | None:
    """Return what finds whole names of sections in a line, in any case."""
    names = "|".join(re.escape(name) for name in spellings if name)
    return re.compile(rf"(?:(?<!\w)|(?=[A-Z]))(?i:{names})(?:(?!\w)|(?=[A-Z]))") if names else None


def _unknown_names(gap: str, is_first: bool, is_last: bool) -> tuple[list[str] | None, bool]:
    """Return the names between two sections, None if it holds anything else; and whether they are clearly set apart."""
    before = _SEPARATORS.match(gap)
    start = before.end() if before else 0
    core = gap[start:].rstrip(" ,;|/·•>»›→–—-")
    if not core:
        return [], False
    edges = [edge for edge, is_end in ((gap[:start], is_first), (gap[start + len(core) :], is_last)) if not is_end]
    names = [name.strip() for name in _BETWEEN_NAMES.split(core)]
    are_names = all(len(name) <= _MAX_UNKNOWN_NAME and _UNKNOWN_NAME.fullmatch(name) for name in names)
    if not are_names or any(edge.isspace() for edge in edges):
        return None, False
    return names, "" in edges or _BARS.search(gap) is not None
