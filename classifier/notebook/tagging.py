"""``classifier.tag``: a DataFrame of articles in, a DataFrame of their tags out."""

import os
from pathlib import Path
from typing import Any

from classifier.answer import Answer
from classifier.corpus.readers import Reading
from classifier.corpus.unlabelled import Unlabelled, Untaggable, read_table, tag_each
from classifier.errors import FieldProblem, InvalidInputError
from classifier.notebook.frames import Column, FrameTable, is_frame, make_frame, narwhals
from classifier.notebook.sources import python_words
from classifier.notebook.versions import Version, tagger_of
from classifier.request import Choice
from classifier.tagger import Tagger

#: Articles that are tagged at once.
_BATCH = 2_048


def tag(
    frame: Any,
    model: Version = "models",
    *,
    version: str | None = None,
    text: str | None = None,
    headline: str | None = None,
    all: bool = False,  # noqa: A002 - the name in the contract
    jobs: int | None = None,
) -> Any:
    """Return the tags of the articles in a DataFrame, as a DataFrame of the same library, in the same order.

    Each row of ``frame`` has its row in the result, with the same index in pandas. Labels in ``frame`` are not read.

    ============= =======================================================================================
    id            the column of this name in ``frame``, if it has one
    outcome       ``tagged``, ``none`` (no section reaches its threshold), ``no_known_terms``, or ``problem``
    tags          the sections by id, the most probable first
    probabilities one for each tag
    decisions     one for each tag: ``apply``, ``review`` or ``below``
    problem       why the row cannot be tagged; missing if it is
    ============= =======================================================================================

    Parameters
    ----------
    frame : DataFrame
        Of pandas, Polars, Arrow or another library that narwhals reads.
    model : TrainingResult, Tagger, str or Path
        What `train` returned, a loaded tagger, or a folder of models.
    version : str, optional
        A version in the folder of models. By default the live one.
    text, headline : str, optional
        The columns that hold them. By default they are found by their names.
    all : bool
        Also list the sections below their threshold.
    jobs : int, optional
        Number of threads. By default one for each core.

    Raises
    ------
    CorpusError
        If no column holds text, or a column that is named is missing.
    InvalidInputError
        If ``frame`` is not a DataFrame, or ``model`` is of another kind.
    ModelError
        If the version cannot be read.
    """
    if isinstance(frame, str | Path) or not is_frame(frame):
        detail = "must be a DataFrame. Fix: use Tagger.tag for one article, or “copydesk tag” for files"
        raise InvalidInputError([FieldProblem("frame", detail)])
    tagger = tagger_of(model, version)
    table = FrameTable.of(frame)
    with python_words():
        found = list(read_table(table, tagger.sections, Reading(text=text, headline=headline)))
    answers = _tagged(tagger, found, Choice(all=all), jobs or os.cpu_count() or 1)
    return _with_ids(make_frame(_columns(answers), table.frame.implementation), table, frame)


def _tagged(tagger: Tagger, found: list[Unlabelled | Untaggable], choice: Choice, jobs: int) -> list[Answer | str]:
    """Return the answer for each row in order, or what is wrong with it."""
    rows = sorted(found, key=lambda item: item.place.line)
    articles = [item.article for item in rows if isinstance(item, Unlabelled)]
    answers: list[Answer | InvalidInputError] = []
    for start in range(0, len(articles), _BATCH):
        answers += tag_each(tagger, articles[start : start + _BATCH], choice, jobs)
    ordered = iter(answers)
    listed = [next(ordered) if isinstance(item, Unlabelled) else item.detail for item in rows]
    return [str(item) if isinstance(item, InvalidInputError) else item for item in listed]


def _columns(answers: list[Answer | str]) -> dict[str, Column]:
    tags = [item.tags if isinstance(item, Answer) else () for item in answers]
    return {
        "outcome": ("text", [item.outcome if isinstance(item, Answer) else "problem" for item in answers]),
        "tags": ("texts", [[tag.section for tag in listed] for listed in tags]),
        "probabilities": ("numbers", [[tag.probability for tag in listed] for listed in tags]),
        "decisions": ("texts", [[tag.decision for tag in listed] for listed in tags]),
        "problem": ("text", [item if isinstance(item, str) else None for item in answers]),
    }


def _with_ids(tagged: Any, table: FrameTable, given: Any) -> Any:
    """Return the tags with the ids of the frame, and with its index if it is one of pandas."""
    nw = narwhals()
    names = [name for name in table.frame.columns if str(name).strip().lower() == "id"]
    index = getattr(given, "index", None) if nw.dependencies.is_pandas_dataframe(given) else None
    if names and (index is None or names[0] not in index.names):
        out = nw.from_native(tagged)
        tagged = out.with_columns(table.frame[names[0]].alias("id")).select("id", *out.columns).to_native()
    if index is not None:
        tagged.index = index
    return tagged
