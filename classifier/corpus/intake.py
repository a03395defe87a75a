"""Intake: read the labelled articles of a command; refuse bad rows, or set them aside."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from classifier.corpus.readers import Corpus, Reading, Reject, Source, read_corpus
from classifier.corpus.readers.account import refuse_unlabelled
from classifier.corpus.readers.columns.cells import TO_LABEL
from classifier.corpus.readers.faults import encoding_hints, row_faults, unknown_labels
from classifier.errors import CorpusError, number_of, unreadable_as
from classifier.progress import Progress
from classifier.sections import Sections

MAX_SHOWN_REJECTS = 12
MAX_SHOWN_LABELS = 12
#: The names of sections follow where an unknown label is like none of them.
_VOCABULARY = ". Fix: use a section of the vocabulary: "


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
        raise CorpusError(nothing_left(corpus))
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
    hints = [f"  {hint}" for hint in encoding_hints(corpus)]
    shown = [*_unknown_labels(corpus), *_other_faults(corpus), *hints]
    n = len(corpus.rejects)
    total = n + len(corpus.articles)
    them = "it" if n == 1 else "them"
    summary = f"{n:,} of {number_of(total, 'row')} cannot be used, so nothing was {advice.done}. Fix: correct {them}"
    if corpus.articles and advice.skip_bad:
        summary += ", or use --skip-bad, which writes the bad rows to a file and continues with the others"
    elif corpus.articles:
        summary += f", or remove {them} from the file"
    if any(set(reject.unknown) - {TO_LABEL} for reject in corpus.rejects):
        if advice.ignore_unknown:
            summary += "; --ignore-unknown drops the labels that are not sections, and keeps their rows"
        else:
            summary += "; every label must be a section that the model knows"
    return "\n".join([*shown, summary])


def _unknown_labels(corpus: Corpus) -> list[str]:
    """Return the labels that are not sections, the most frequent first, each once with its nearest section."""
    found = unknown_labels(corpus.rejects)
    if not found:
        return []
    lines = []
    vocabulary = ""
    for fault in found[:MAX_SHOWN_LABELS]:
        reason, listed, names = fault.reason.partition(_VOCABULARY)
        vocabulary = vocabulary or names
        no_hint = ", and no section is similar" if listed else ""
        lines.append(f"  {replace(fault, reason=reason)}{no_hint}")
    if (more := len(found) - MAX_SHOWN_LABELS) > 0:
        others = number_of(more, "more label that is not a section", "more labels that are not sections")
        lines.append(f"  and {others}")
    if vocabulary:
        lines.append(f"  The sections are {vocabulary}")
    if sum(fault.label.isdecimal() for fault in found) * 2 > len(found):
        lines.append("  These labels are numbers. Fix: give a file with the name of each number with --label-names")
    return lines


def _other_faults(corpus: Corpus) -> list[str]:
    """Return the faults of rows other than unknown labels; rows with the same fault are one line."""
    found = row_faults(corpus.rejects)
    lines = [f"  {fault}" for fault in found[:MAX_SHOWN_REJECTS]]
    if rest := sum(fault.n_rows for fault in found[MAX_SHOWN_REJECTS:]):
        lines.append(f"  and {number_of(rest, 'more row', 'more rows')}")
    return lines


def nothing_left(corpus: Corpus) -> str:
    """Return why files gave no articles, and what to do about it."""
    if n := len(corpus.rejects):
        which = (
            "the only row has errors. Fix: correct it" if n == 1 else f"all {n:,} rows have errors. Fix: correct them"
        )
        return f"there are no articles to use: {which}"
    if left_out := corpus.left_out:
        n = left_out.total()
        which = "the only row was" if n == 1 else f"all {n:,} rows were"
        kinds = "; ".join(f"{count:,} {what}" if n > 1 else what for what, count in left_out.most_common())
        return f"there are no articles to use: {which} left out ({kinds}). Fix: give files with other rows"
    return "there are no articles to use: the files given contain none. Fix: give files that contain articles"
