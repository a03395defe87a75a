"""Intake: read the labelled articles of a command; refuse bad rows, or set them aside."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from classifier.corpus.readers import Corpus, Reading, Reject, Source, read_corpus
from classifier.corpus.readers.account import refuse_unlabelled
from classifier.corpus.readers.columns.cells import TO_LABEL
from classifier.corpus.readers.encodings import looks_like
from classifier.errors import CorpusError, number_of, unreadable_as
from classifier.progress import Progress
from classifier.sections import Sections

MAX_SHOWN_REJECTS = 12
MAX_SHOWN_LABELS = 12
#: The names of sections follow where an unknown label is like none of them.
_VOCABULARY = ". Fix: use a section of the vocabulary: "
#: Rows with faults that differ only in their numbers are shown as one.
_NUMBERS = re.compile(r"0x[0-9a-f]+|\d[\d,]*")


@dataclass(frozen=True)
class RefusalAdvice:
    """The words of a refusal of bad rows: what the command would have done, and which options it has for bad rows."""

    done: str = "measured"
    skip_bad: bool = False
    ignore_unknown: bool = False


TRAINING_ADVICE = RefusalAdvice("trained", skip_bad=True, ignore_unknown=True)
MEASURING_ADVICE = RefusalAdvice()


def read_or_refuse(
    data: Iterable[Source],
    sections: Sections,
    rejects: Path | None,
    reading: Reading,
    progress: Progress,
    feedback: str | None = None,
    advice: RefusalAdvice = MEASURING_ADVICE,
) -> Corpus:
    """Read articles. If rows are bad, set them aside in the file ``rejects``, or refuse all if it is not given.

    Raises
    ------
    CorpusError
        If there are bad rows and ``rejects`` is not given, if there are no good rows, or if no article of a file has a
        label.
    """
    corpus = read_and_tell(data, sections, reading, progress, feedback)
    if corpus.rejects:
        if rejects is None:
            raise CorpusError(_refusal(corpus, advice))
        write_rejects(rejects, corpus.rejects)
    if not corpus.articles:
        raise CorpusError(_nothing_left(corpus))
    return corpus


def read_and_tell(
    data: Iterable[Source],
    sections: Sections,
    reading: Reading,
    progress: Progress,
    feedback: str | None = None,
) -> Corpus:
    """Read articles, and report what was read of each file and what was not, before anything is measured.

    Raises
    ------
    CorpusError
        If no article of a file has a label.
    """
    corpus = read_corpus(data, sections, reading, feedback, progress=progress)
    refuse_unlabelled(corpus.accounts)
    for line in corpus.account():
        progress.note(line)
    return corpus


def write_rejects(path: Path, rejects: Iterable[Reject]) -> None:
    """Write bad rows as JSON Lines of file, line, reasons and the whole text of the row.

    Raises
    ------
    CorpusError
        If the file cannot be written.
    """
    with unreadable_as(CorpusError, f"{path} cannot be written"), path.open("w", encoding="utf-8") as file:
        for reject in rejects:
            row = {
                "file": str(reject.place.file),
                "line": reject.place.line,
                "reasons": reject.reasons,
                "raw": reject.raw,
            }
            if reject.place.item:
                row["item"] = reject.place.item
            file.write(json.dumps(row, allow_nan=False) + "\n")  # ASCII escapes preserve even bytes that are not UTF-8


def _refusal(corpus: Corpus, advice: RefusalAdvice) -> str:
    shown = [*_unknown_labels(corpus), *_other_faults(corpus)]
    n = len(corpus.rejects)
    total = n + len(corpus.articles)
    summary = f"{n:,} of {total:,} rows cannot be used, so nothing was {advice.done}. Fix: correct them"
    if corpus.articles and advice.skip_bad:
        summary += ", or use --skip-bad, which writes the bad rows to a file and continues with the others"
    elif corpus.articles:
        summary += ", or remove them from the file"
    if any(set(reject.unknown) - {TO_LABEL} for reject in corpus.rejects):
        if advice.ignore_unknown:
            summary += "; --ignore-unknown drops the labels that are not sections, and keeps their rows"
        else:
            summary += "; every label must be a section that the model knows"
    return "\n".join([*shown, summary])


def _unknown_labels(corpus: Corpus) -> list[str]:
    """Return the labels that are not sections, the most frequent first, each once with its nearest section."""
    counts = Counter(label for reject in corpus.rejects for label in reject.unknown)
    if not counts:
        return []
    first: dict[str, tuple[Reject, str]] = {}
    for reject in corpus.rejects:
        for label, reason in zip(reject.unknown, reject.reasons, strict=False):
            first.setdefault(label, (reject, reason))
    lines = []
    vocabulary = ""
    for label, count in counts.most_common(MAX_SHOWN_LABELS):
        reject, reason = first[label]
        reason, listed, names = reason.partition(_VOCABULARY)
        vocabulary = vocabulary or names
        no_hint = ", and no section is similar" if listed else ""
        rows = f" ({count:,} rows)" if count > 1 else ""
        lines.append(f"  {reject.place}{rows}: {reason}{no_hint}")
    if len(counts) > MAX_SHOWN_LABELS:
        lines.append(f"  and {len(counts) - MAX_SHOWN_LABELS:,} more labels that are not sections")
    if vocabulary:
        lines.append(f"  The sections are {vocabulary}")
    if sum(label.isdecimal() for label in counts) * 2 > len(counts):
        lines.append("  These labels are numbers. Fix: give a file with the name of each number with --label-names")
    return lines


def _other_faults(corpus: Corpus) -> list[str]:
    """Return the faults of rows other than unknown labels; rows with the same fault are one line."""
    counts: Counter[tuple[Path, str]] = Counter()
    first: dict[tuple[Path, str], str] = {}
    raws: dict[Path, list[str]] = {}
    for reject in corpus.rejects:
        reasons = reject.reasons[len(reject.unknown) :]
        if reasons:
            key = (reject.place.file, _NUMBERS.sub("#", "; ".join(reasons)))
            counts[key] += 1
            first.setdefault(key, f"{reject.place}: {'; '.join(reasons)}")
            if any("not UTF-8" in reason for reason in reasons):
                raws.setdefault(reject.place.file, []).append(reject.raw)
    lines = []
    for key, count in counts.most_common(MAX_SHOWN_REJECTS):
        others = f" ({count - 1:,} more rows like this)" if count > 1 else ""
        lines.append(f"  {first[key]}{others}")
    if len(counts) > MAX_SHOWN_REJECTS:
        rest = sum(counts.values()) - sum(count for _, count in counts.most_common(MAX_SHOWN_REJECTS))
        lines.append(f"  and {rest:,} more rows")
    in_utf8 = {account.file: account.n_beyond_ascii for account in corpus.accounts}
    lines += [f"  {hint}" for file, texts in raws.items() if (hint := _hint(file, texts, in_utf8.get(file, 0)))]
    return lines


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


def _nothing_left(corpus: Corpus) -> str:
    if corpus.rejects:
        return f"there are no articles to use: all {len(corpus.rejects):,} rows have errors. Fix: correct them"
    if left_out := corpus.left_out:
        kinds = "; ".join(f"{count:,} {what}" for what, count in left_out.most_common())
        return (
            f"there are no articles to use: all {left_out.total():,} rows were left out ({kinds}). "
            "Fix: give files with other rows"
        )
    return "there are no articles to use: the files given contain none. Fix: give files that contain articles"
