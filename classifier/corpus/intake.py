"""Intake: read labelled articles for a command; refuse bad rows, or set them aside."""

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
class Purpose:
    """What a command reads articles for, and which options it has against bad rows: what its refusal speaks of."""

    done: str = "measured"
    skip_bad: bool = False
    ignore_unknown: bool = False


TO_TRAIN = Purpose("trained", skip_bad=True, ignore_unknown=True)
TO_MEASURE = Purpose()


def read_or_refuse(
    data: Iterable[Path],
    sections: Sections,
    rejects: Path | None,
    reading: Reading,
    progress: Progress,
    feedback: str | None = None,
    purpose: Purpose = TO_MEASURE,
) -> Corpus:
    """Read articles; where rows are bad, refuse all of them, or set the bad ones aside in ``rejects`` if that is given.

    Raises
    ------
    CorpusError
        If there are bad rows and nowhere to set them aside, or no good ones.
    """
    progress.stage("reading articles", 1)
    corpus = read_corpus(data, sections, reading, feedback)
    progress.step()
    if corpus.rejects:
        if rejects is None:
            raise CorpusError(_refusal(corpus, purpose))
        write_rejects(rejects, corpus.rejects)
    if not corpus.articles:
        raise CorpusError("\n".join([_nothing_left(corpus), *corpus.notes()]))
    return corpus


def write_rejects(path: Path, rejects: Iterable[Reject]) -> None:
    """Write bad rows, whole, as JSON Lines of file, line, reasons and raw text.

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
            file.write(json.dumps(row) + "\n")  # ASCII escapes keep even bytes that are not UTF-8


def _refusal(corpus: Corpus, purpose: Purpose) -> str:
    shown = [f"  {reject}" for reject in corpus.rejects[:MAX_SHOWN_REJECTS]]
    more = len(corpus.rejects) - len(shown)
    if more:
        shown.append(f"  and {more:,} more")
    n = len(corpus.rejects)
    total = n + len(corpus.articles)
    summary = f"{n:,} of {total:,} rows cannot be used, so nothing was {purpose.done}; mend them"
    if corpus.articles and purpose.skip_bad:
        summary += ", or go on with the others with --skip-bad, which sets the bad rows aside, whole, in a file"
    elif corpus.articles:
        summary += ", or take them out of the file"
    if any("unknown section" in reason for reject in corpus.rejects for reason in reject.reasons):
        if purpose.ignore_unknown:
            summary += "; --ignore-unknown drops labels that are no section, and keeps their rows"
        else:
            summary += "; labels must be sections that the model knows"
    return "\n".join([*shown, summary])


def _nothing_left(corpus: Corpus) -> str:
    if corpus.rejects:
        return f"there are no articles to use: all {len(corpus.rejects):,} rows were set aside; mend them"
    return "there are no articles to use: what was given holds none; name files that do"
