"""The first line of a dumped page, if it names the page's labels."""

import re
from collections.abc import Sequence
from functools import cached_property

MAX_HEADER_LENGTH = 500
_SEPARATORS = re.compile(r"[\s,;|/·•>»›→–—-]*")

# A line of names of which some are no section.
_BARS = re.compile(r"[|·•;>»›→/]")  # these stand between names, and hardly in a sentence
_BETWEEN_NAMES = re.compile(r"[|·•;>»›→/,]|\s[-–—]\s")
#: Words with a capital or a digit, the small words of names, and what stands between names.
_NAMES = re.compile(r"(?:(?:[^\W_a-z][\w'’&.-]*+|(?:and|of|the|for|in|on|to)(?!\w)|[&|·•;>»›→/,–—-]++)\s*+)++")
#: A sign that `_NAMES` has nowhere, such as a Thai mark or a full-width comma.
SIGN_OUTSIDE_NAMES = re.compile(r"[^\w\s'’&.|·•;>»›→/,–—-]")
#: A line that ends so, and does not begin with a name, is no header line.
SENTENCE_ENDS = ".!?…:”\"’')"
_RUN_TOGETHER = re.compile(r"[a-z][A-Z]")
#: One or two words.
_UNKNOWN_NAME = re.compile(r"[^\W\d_a-z][\w'’&-]+(?:\s+(?:(?:and|of|the|&)\s+)*[^\W_a-z][\w'’&-]*)?")
_MAX_UNKNOWN_NAME = 40


class HeaderNames:
    """The names that a header line may consist of, folded once for all texts.

    Parameters
    ----------
    spellings : sequence of str
        Names and aliases of the sections, longest first, as `Sections.spellings` returns them. Empty ones are left out:
        cutting a line into them would never end.
    """

    def __init__(self, spellings: Sequence[str]) -> None:
        #: Each name, and its folded form.
        self.names = tuple((name, folded) for name in spellings if (folded := name.casefold()))
        #: The folded forms.
        self.folded = tuple(folded for _, folded in self.names)
        #: The first two letters of the folded forms, in capitals too, or one outside ASCII, as UTF-8.
        self.beginnings = frozenset(start.encode() for folded in self.folded for start in _beginnings(folded))
        #: The length of the longest folded form.
        self.longest = max(map(len, self.folded), default=0)

    @cached_property
    def pattern(self) -> re.Pattern[str] | None:
        """What finds whole names in a line, in any case; None if there are no names."""
        names = "|".join(re.escape(name) for name, _ in self.names)
        return re.compile(rf"(?:(?<!\w)|(?=[A-Z]))(?i:{names})(?:(?!\w)|(?=[A-Z]))") if names else None


def _beginnings(folded: str) -> set[str]:
    """Return how lines begin that begin with a name: with one letter outside ASCII, else with two, in any case."""
    if not folded[0].isascii():
        return {folded[0]}
    seconds = folded[1] if len(folded) > 1 else "".join(map(chr, range(128)))
    starts = {first + second for first in {folded[0], folded[0].upper()} for second in seconds + seconds.upper()}
    return starts if len(folded) > 1 else starts | {folded, folded.upper()}


def split_header(text: str, header: HeaderNames) -> tuple[tuple[str, ...], str]:
    """Split a first line that consists of section names, run together or separated, from the story.

    A few of the names need not be sections, if each is clearly set apart: by a bar, comma or dash, or by a capital
    within a word, as in “South AsiaOpinion”.

    Parameters
    ----------
    text : str
        Cleaned text.
    header : HeaderNames

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
    labels = header_labels(line, header)
    return (labels, text[len(line) :].lstrip("\n")) if labels else ((), text)


def header_labels(line: str, header: HeaderNames) -> tuple[str, ...]:
    """Return the labels that a first line names, as `split_header` does; none if it is not a header line."""
    if len(line) > MAX_HEADER_LENGTH:
        return ()
    begins = line[: header.longest].casefold().startswith(header.folded)
    if not begins and line[-1:] in SENTENCE_ENDS:
        return ()
    labels = _names_only(line.casefold(), header.names) if begins else ()
    if not labels and _NAMES.fullmatch(line):
        labels = _with_unknown_names(line, header)
    return labels


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


def _with_unknown_names(line: str, header: HeaderNames) -> tuple[str, ...]:
    """Return the names in a line of which not all are sections; none if the line may be something else."""
    sections = header.pattern
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
