"""The labelled articles as JSON Lines, marked as a machine's, which training reads."""

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from typing import Any

from classifier.article import Article
from classifier.corpus.readers.rows import MACHINE
from classifier.errors import CopydeskError, unreadable_as
from classifier.teach.cache import AnswerCache
from classifier.teach.labelling import Labelling
from classifier.teach.questions import key_of
from classifier.text.page import HeaderNames
from classifier.text.prepare import prepare


class LabelledFileError(CopydeskError):
    """A file of labelled articles that cannot be written."""

    title = "The labelled articles were not written"
    slug = "labelled-file"


def write_labelled(
    path: Path, found: Iterator[tuple[str, Article]], how: Labelling, cache: AnswerCache, model: str, least: float
) -> int:
    """Write the articles that have all answers, each once, and return their number.

    The articles are read again, so that none of them is kept in memory. Until the file is whole, an earlier one stays.

    Raises
    ------
    LabelledFileError
        If the file cannot be written.
    """
    partial = path.with_name(f".{path.name}.{token_hex(4)}.part")
    n = 0
    with unreadable_as(LabelledFileError, f"{path} cannot be written"):
        try:
            with partial.open("x", encoding="utf-8", newline="\n") as file:
                for line in _lines(found, how, cache, model, least):
                    file.write(json.dumps(line, ensure_ascii=False, allow_nan=False) + "\n")
                    n += 1
            os.replace(partial, path)  # noqa: PTH105 - as the other files are put in place
        finally:
            with suppress(OSError):
                partial.unlink(missing_ok=True)
    return n


def _lines(
    found: Iterator[tuple[str, Article]], how: Labelling, cache: AnswerCache, model: str, least: float
) -> Iterator[dict[str, Any]]:
    header = HeaderNames(how.sections.spellings)
    seen: set[bytes] = set()
    for _, article in found:
        if article.digest in how.by_person or article.digest in seen:
            continue
        text = prepare(article, header).text
        keys = {question.section: key_of(question, text, model) for question in how.questions}
        answered = cache.get(list(keys.values()))
        probabilities = {section: answered.get(key) for section, key in keys.items()}
        known = {section: p for section, p in probabilities.items() if p is not None}
        if len(known) < len(keys):
            continue
        seen.add(article.digest)
        fields = article.model_dump(mode="json", exclude_defaults=True, exclude={"sections"})
        yield {
            **fields,
            "sections": [section for section, p in known.items() if p >= least],
            "label_source": MACHINE,
            "teacher": model,
            "probabilities": known,
        }
