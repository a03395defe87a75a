"""The faults of rows that cannot be used: each once, with the number of rows that have it."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from classifier.corpus.readers.encodings import looks_like
from classifier.corpus.readers.labelled import Corpus
from classifier.corpus.readers.rows import Reject
from classifier.errors import number_of

#: Rows with faults that differ only in their numbers are shown as one.
_NUMBERS = re.compile(r"0x[0-9a-f]+|\d[\d,]*")


@dataclass(frozen=True, slots=True)
class UnknownLabel:
    """A label that is not a section: its first place, how many rows have it, and what is wrong with it."""

    label: str
    place: str
    n_rows: int
    reason: str

    def __str__(self) -> str:
        rows = f" ({self.n_rows:,} rows)" if self.n_rows > 1 else ""
        return f"{self.place}{rows}: {self.reason}"


@dataclass(frozen=True, slots=True)
class RowFault:
    """Another fault: its first place with what is wrong, and how many rows of the file have it."""

    first: str
    n_rows: int

    def __str__(self) -> str:
        others = f" ({number_of(self.n_rows - 1, 'more row', 'more rows')} like this)" if self.n_rows > 1 else ""
        return f"{self.first}{others}"


def unknown_labels(rejects: Iterable[Reject]) -> list[UnknownLabel]:
    """Return the labels that are not sections, the most frequent first, each once."""
    counts: Counter[str] = Counter()
    first: dict[str, tuple[str, str]] = {}
    for reject in rejects:
        counts.update(reject.unknown)
        for label, reason in zip(reject.unknown, reject.reasons, strict=False):
            if label not in first:
                first[label] = (str(reject.place), reason)
    return [UnknownLabel(label, first[label][0], count, first[label][1]) for label, count in counts.most_common()]


def row_faults(rejects: Iterable[Reject]) -> list[RowFault]:
    """Return the faults of rows other than unknown labels, the most frequent first."""
    counts: Counter[tuple[Path, str]] = Counter()
    first: dict[tuple[Path, str], str] = {}
    for reject in rejects:
        if reasons := "; ".join(reject.reasons[len(reject.unknown) :]):
            key = (reject.place.file, _NUMBERS.sub("#", reasons))
            counts[key] += 1
            if key not in first:
                first[key] = f"{reject.place}: {reasons}"
    return [RowFault(first[key], count) for key, count in counts.most_common()]


def encoding_hints(corpus: Corpus) -> list[str]:
    """Return for each file with rows that are not UTF-8 what to do about them, unless nobody can tell."""
    raws: dict[Path, list[str]] = {}
    for reject in corpus.rejects:
        if any("not UTF-8" in reason for reason in reject.reasons[len(reject.unknown) :]):
            raws.setdefault(reject.place.file, []).append(reject.raw)
    in_utf8 = {account.file: account.n_beyond_ascii for account in corpus.accounts}
    hints = [_hint(file, texts, in_utf8.get(file, 0)) for file, texts in raws.items()]
    return list(filter(None, hints))


def _hint(file: Path, raws: Sequence[str], n_in_utf8: int) -> str:
    """Return what to do about the rows of a file with bytes that are not UTF-8; empty if nobody can tell.

    Another encoding would break the rows that are UTF-8.
    """
    if n_in_utf8:
        others = number_of(n_in_utf8, "other row holds", "other rows hold")
        n = len(raws)
        damaged = "row that is not UTF-8 is damaged" if n == 1 else f"{n:,} rows that are not UTF-8 are damaged"
        return (
            f"{file}: {others} characters in UTF-8, so no other encoding fits the whole file: the {damaged}. "
            f"Fix: correct {'that row' if n == 1 else 'these rows'}"
        )
    encoding = looks_like(raws)
    return f"{file} looks like {encoding}. Fix: add --encoding {encoding}, or save it as UTF-8" if encoding else ""
