"""Intake: read the labelled articles of a command; refuse bad rows, or set them aside."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from classifier.corpus.readers import Corpus, Reading, Reject, read_corpus
from classifier.errors import CorpusError, unreadable_as
from classifier.progress import Progress
from classifier.sections import Sections

MAX_SHOWN_REJECTS = 50


@dataclass(frozen=True)
class RefusalAdvice:
    """The words of a refusal of bad rows: what the command would have done, and which options it has for bad rows."""

    done: str = "measured"
    skip_bad: bool = False
    ignore_unknown: bool = False


TRAINING_ADVICE = RefusalAdvice("trained", skip_bad=True, ignore_unknown=True)
MEASURING_ADVICE = RefusalAdvice()


def read_or_refuse(
    data: Iterable[Path],
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
        If there are bad rows and ``rejects`` is not given, or if there are no good rows.
    """
    corpus = read_corpus(data, sections, reading, feedback, progress=progress)
    if corpus.rejects:
        if rejects is None:
            raise CorpusError(_refusal(corpus, advice))
        write_rejects(rejects, corpus.rejects)
    if not corpus.articles:
        raise CorpusError("\n".join([_nothing_left(corpus), *corpus.notes()]))
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
            file.write(json.dumps(row) + "\n")  # ASCII escapes preserve even bytes that are not UTF-8


def _refusal(corpus: Corpus, advice: RefusalAdvice) -> str:
    shown = [f"  {reject}" for reject in corpus.rejects[:MAX_SHOWN_REJECTS]]
    more = len(corpus.rejects) - len(shown)
    if more:
        shown.append(f"  and {more:,} more")
    n = len(corpus.rejects)
    total = n + len(corpus.articles)
    summary = f"{n:,} of {total:,} rows cannot be used, so nothing was {advice.done}. Fix: correct them"
    if corpus.articles and advice.skip_bad:
        summary += ", or use --skip-bad, which writes the bad rows to a file and continues with the others"
    elif corpus.articles:
        summary += ", or remove them from the file"
    if any("unknown section" in reason for reject in corpus.rejects for reason in reject.reasons):
        if advice.ignore_unknown:
            summary += "; --ignore-unknown drops the labels that are not sections, and keeps their rows"
        else:
            summary += "; every label must be a section that the model knows"
    return "\n".join([*shown, summary])


def _nothing_left(corpus: Corpus) -> str:
    if corpus.rejects:
        return f"there are no articles to use: all {len(corpus.rejects):,} rows have errors. Fix: correct them"
    return "there are no articles to use: the files given contain none. Fix: give files that contain articles"
