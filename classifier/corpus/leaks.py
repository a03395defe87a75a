"""Leaks: parts of articles that give their labels away, so that a model learns the answer instead of the story."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from classifier.corpus.findings import Finding, Severity
from classifier.corpus.readers import LabelledArticle
from classifier.corpus.stored.subset import Subset
from classifier.corpus.stories import members
from classifier.errors import number_of
from classifier.sections import Sections

#: The number of lines at the start and at the end of a text in which a CMS prints labels.
EDGE_LINES = 3
MAX_LABEL_LINE_WORDS = 12
#: A label line has few words beside the names: “Home > World > Ukraine”, “Filed under: Ukraine, Politics”.
MAX_WORDS_BESIDE = 3
MIN_LABEL_LINES = 3
#: Label lines in a smaller share of a section's articles are a warning: signatures, the name of a desk in a quotation.
LEAKED_SHARE = 0.05
MIN_POSITIVES = 10
MAX_BASE_RATE = 0.6
SOURCE_SHARE = 0.95
#: A term leaks if it finds half of a section's articles and hardly any others, or nearly all and few others.
TERM_PRECISION, TERM_RECALL, TERM_F1 = 0.98, 0.5, 0.95
MAX_TERMS_NAMED = 5
_ROWS_AT_ONCE = 10_000
_SEPARATOR = re.compile(r"[|>/»›•·:;]|\s[-–—]\s")
#: The characters that set a label off. A colon or dash after it does not: headlines have those (“Ukraine: Kyiv hit”).
_BEFORE_LABEL = ("", *"|>/»›•·,:;-–—#")
_AFTER_LABEL = ("", *"|>/»›•·,;")


class TermCounts(Protocol):
    """How often each term or pair occurs in each article: a row of ``counts`` per article, a column per term.

    Terms that occur in only one article may be missing.
    """

    @property
    def counts(self) -> csr_matrix:
        """A matrix of shape (n_articles, n_terms)."""

    @property
    def terms(self) -> NDArray[np.object_]:
        """Strings, of shape (n_terms,)."""


def find_leaks(
    articles: Sequence[LabelledArticle], stories: NDArray[np.int64], sections: Sections, counted: TermCounts
) -> Iterator[Finding]:
    """Yield lines that name an article's own sections, and single terms and sources that predict a section.

    Copies of a story count once: one story sent ten times is not a pattern.
    """
    groups = members(stories)
    one_each = Subset(articles, (group[0] for group in groups))
    yield from _label_lines(one_each, sections)
    yield from _sources(one_each)
    yield from _terms(groups, articles, counted, sections)


def _label_lines(articles: Sequence[LabelledArticle], sections: Sections) -> Iterator[Finding]:
    """Find lines at the start or end of articles that name a section which those articles have and others lack."""
    own: defaultdict[str, list[str]] = defaultdict(list)
    others: Counter[str] = Counter()
    for item, named in zip(articles, _named_by_labels(articles, sections), strict=True):
        for id_ in named:
            if id_ in item.sections:
                own[id_].append(str(item.place))
            else:
                others[id_] += 1
    support = Counter(id_ for item in articles for id_ in item.sections)
    for section in sections.active:
        places, n = own[section.id], support[section.id]
        if len(places) >= MIN_LABEL_LINES and len(places) >= 4 * others[section.id]:
            message = (
                f"{section.id}: {len(places):,} of the {n:,} articles of this section name it in a line at their start "
                "or end. Fix: remove that line, or the model learns to read the label instead of the story"
            )
            severity: Severity = "error" if len(places) >= LEAKED_SHARE * n else "warning"
            yield Finding(severity, "leaked-header", message, tuple(places))


class _Naming(NamedTuple):
    """A line that names a section: the other words of the line, and whether the name stands alone."""

    section: str
    beside: tuple[str, ...]
    by_itself: bool


def _named_by_labels(articles: Sequence[LabelledArticle], sections: Sections) -> Iterator[set[str]]:
    """Yield the sections that the label lines of each article name.

    A headline may be as short as a label line. A line counts as a label line only if the name stands alone, or if
    several articles have the same words next to the name, as in “Filed under Ukraine”.
    """
    spellings = sorted({name for section in sections for name in section.spellings}, key=len, reverse=True)
    names = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, spellings))})(?!\w)", re.IGNORECASE)
    found: dict[int, set[_Naming]] = {}  # of the few articles that have some
    for number, item in enumerate(articles):
        if namings := {naming for line in _edge_lines(item) for naming in _namings(line, names, sections)}:
            found[number] = namings
    often = Counter(key for some in found.values() for key in {(naming.section, naming.beside) for naming in some})
    for number in range(len(articles)):
        some = found.get(number, set())
        yield {n.section for n in some if n.by_itself or often[n.section, n.beside] >= MIN_LABEL_LINES}


def _namings(line: str, names: re.Pattern[str], sections: Sections) -> Iterator[_Naming]:
    """Yield the sections named in a line, if the line has few other words."""
    rest = names.sub(" ", line)
    beside = tuple(word.casefold() for word in rest.split() if any(map(str.isalpha, word)))
    if len(beside) > MAX_WORDS_BESIDE:
        return
    # commas alone do not set a name off from other words: “Kyiv, Ukraine” is a place
    set_off = _SEPARATOR.search(rest) is not None
    for match in names.finditer(line):
        if section := sections.get(match[0]):
            before, after = line[: match.start()].rstrip()[-1:], line[match.end() :].lstrip()[:1]
            between = before in _BEFORE_LABEL and after in _AFTER_LABEL
            yield _Naming(section.id, beside, not beside or (set_off and between))


def _edge_lines(item: LabelledArticle) -> Iterable[str]:
    """Return the short lines at both ends of the body that are not sentences."""
    lines = [line for line in item.prepared.text[item.prepared.headline_length :].split("\n") if line.strip()]
    edges = lines if len(lines) <= 2 * EDGE_LINES else [*lines[:EDGE_LINES], *lines[-EDGE_LINES:]]
    return [
        line
        for line in edges
        if len(line.split()) <= MAX_LABEL_LINE_WORDS and not line.rstrip().endswith((".", "?", "!", "”", '"'))
    ]


def _sources(articles: Sequence[LabelledArticle]) -> Iterator[Finding]:
    base = Counter(section for item in articles for section in item.sections)
    by_source: defaultdict[str, list[frozenset[str]]] = defaultdict(list)
    for item in articles:
        if item.source:
            by_source[item.source].append(item.sections)
    for source, labels in sorted(by_source.items()):
        if len(labels) < MIN_POSITIVES:
            continue
        for section, n in Counter(section for ids in labels for section in ids).items():
            if n >= SOURCE_SHARE * len(labels) and base[section] <= MAX_BASE_RATE * len(articles):
                message = (
                    f"{n:,} of the {len(labels):,} articles of one source have {section}, so the model may learn the "
                    "source's style instead of the subject. Fix: add articles of that source without the section, and "
                    "articles of other sources with it"
                )
                yield Finding("warning", "leaking-source", message, (source,))


def _terms(
    stories: Sequence[NDArray[np.int64]], articles: Sequence[LabelledArticle], counted: TermCounts, sections: Sections
) -> Iterator[Finding]:
    rows = np.array([group[0] for group in stories], np.int64)
    frequency = _frequency(rows, counted)
    labels = [articles[row].sections for row in rows.tolist()]
    # a term of fewer articles cannot find half of a section that has enough of them
    frequent = np.flatnonzero(frequency >= MIN_POSITIVES // 2)
    for section in sections.active:
        positives = rows[[section.id in ids for ids in labels]]
        n = len(positives)
        if n < MIN_POSITIVES or n > MAX_BASE_RATE * len(rows):
            continue
        hits = _frequency(positives, counted)[frequent]
        precision, recall = hits / frequency[frequent], hits / n
        f1 = 2 * hits / (frequency[frequent] + n)
        alone = np.flatnonzero(((precision >= TERM_PRECISION) & (recall >= TERM_RECALL)) | (f1 >= TERM_F1))
        if len(alone):
            names = counted.terms[frequent[alone]]
            ranked = sorted(zip((-f1[alone]).tolist(), names, precision[alone], recall[alone], strict=True))
            named = tuple(f"“{t}” (precision {p:.2f}, recall {r:.2f})" for _, t, p, r in ranked[:MAX_TERMS_NAMED])
            terms = number_of(len(ranked), "word or pair of words predicts", "words or pairs of words predict")
            message = (
                f"{section.id}: {terms} it almost perfectly. Fix: check that they belong to the stories; if they "
                "belong to the page around them, remove them"
            )
            yield Finding("warning", "leaking-term", message, named)


def _frequency(rows: NDArray[np.int64], counted: TermCounts) -> NDArray[np.int64]:
    """Return the number of these articles in which each term occurs, as an int64 array of shape (n_terms,)."""
    total = np.zeros(len(counted.terms), np.int64)
    for begin in range(0, len(rows), _ROWS_AT_ONCE):
        total += np.bincount(counted.counts[rows[begin : begin + _ROWS_AT_ONCE]].indices, minlength=len(total))
    return total
