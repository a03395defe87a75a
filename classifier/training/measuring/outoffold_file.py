"""decisions.jsonl: what a version would have given each of its training articles, by models that had not seen it.

Kept in the version's folder, by digest of the article's text, so that a later version can be compared with it on the
same articles fairly: its own predictions on articles that it was trained on would be far too good. On a near copy of
one, such as the article with a correction, too: it is known by the article's signature.
"""

import binascii
import hashlib
import json
from base64 import b64decode, b64encode
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from classifier.corpus.readers import LabelledArticle
from classifier.corpus.stories import N_MINIMA, have_near_copies
from classifier.errors import DamagedModelError, LanguageError, unreadable_as
from classifier.store.files import read_model
from classifier.tagger import Tagger

DECISIONS_FILE = "decisions.jsonl"
_DIGITS = 32
_STORED = np.dtype("<u2")


@dataclass(frozen=True)
class Decision:
    """An article's sections as it was trained on, and the tags suggested for it out-of-fold, both by id."""

    sections: frozenset[str]
    suggested: frozenset[str]


@dataclass(frozen=True)
class Decisions:
    """A version's decisions by digest of the article, and the signatures of the articles, in no order.

    A text that stands in the training data several times, maybe with other labels, has as many decisions.
    """

    of_text: Mapping[str, Sequence[Decision]]
    signatures: NDArray[np.uint16]

    def know(self, digests: Sequence[str]) -> NDArray[np.bool_]:
        """Tell which of these texts the version was trained on."""
        return np.array([digest in self.of_text for digest in digests], dtype=bool)

    def know_near_copies(self, signatures: NDArray[np.uint16], but_not: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Tell which of these texts, but for some that are not looked at, the version knows a near copy of."""
        found, asked = np.zeros(len(signatures), dtype=bool), np.flatnonzero(~but_not)
        found[asked] = have_near_copies(signatures[asked], self.signatures)
        return found


@dataclass(frozen=True)
class Opinion:
    """What a version gives articles without having seen them.

    ``suggested`` is a bool array of shape (n_articles, n_sections); ``fair`` says which articles it is known for, and
    ``trained_on`` which of those are answered out-of-fold, both bool arrays of shape (n_articles,). ``labelled`` holds,
    for those, the labels that the version was trained on, of shape (n_articles, n_sections).
    """

    suggested: NDArray[np.bool_]
    fair: NDArray[np.bool_]
    trained_on: NDArray[np.bool_]
    labelled: NDArray[np.bool_]


def article_digest(article: LabelledArticle) -> str:
    """Return the start of the SHA-256 of an article's text as the model sees it."""
    return hashlib.sha256(article.prepared.text.encode()).hexdigest()[:_DIGITS]


def decisions_text(
    articles: Sequence[LabelledArticle],
    signatures: NDArray[np.uint16],
    section_ids: Sequence[str],
    suggested: NDArray[np.bool_],
) -> str:
    """Return the decisions of articles as JSON Lines."""
    return "".join(
        json.dumps(
            {
                "article": article_digest(article),
                "sections": sorted(article.sections),
                "suggested": [section_ids[s] for s in np.flatnonzero(row).tolist()],
                "signature": b64encode(signature.astype(_STORED).tobytes()).decode("ascii"),
            }
        )
        + "\n"
        for article, signature, row in zip(articles, signatures, suggested, strict=True)
    )


def read_decisions(folder: Path) -> Decisions | None:
    """Return a version's decisions, or None where it was written without them, or without signatures.

    Raises
    ------
    DamagedModelError
        If the file is not what training writes.
    """
    path = folder / DECISIONS_FILE
    if not path.exists():
        return None
    with unreadable_as(DamagedModelError, f"{path} cannot be read"):
        lines = path.read_text(encoding="utf-8").splitlines()
    try:
        rows = [json.loads(line) for line in lines]
        found: defaultdict[str, list[Decision]] = defaultdict(list)
        for row in rows:
            found[row["article"]].append(Decision(frozenset(row["sections"]), frozenset(row["suggested"])))
        if not all("signature" in row for row in rows):
            return None
        stored = b"".join(b64decode(row["signature"], validate=True) for row in rows)
        signatures = np.frombuffer(stored, _STORED).astype(np.uint16).reshape(len(rows), N_MINIMA)
    except (ValueError, KeyError, TypeError, binascii.Error):
        raise DamagedModelError(f"{path} is not what training writes; train again") from None
    return Decisions(dict(found), signatures)


def ask(
    folder: Path,
    section_ids: Sequence[str],
    articles: Sequence[LabelledArticle],
    signatures: NDArray[np.uint16],
    stories: NDArray[np.int64],
) -> Opinion:
    """Return what a version gives articles that it has not seen, or would have given those that it has.

    An article that it was trained on is answered by its out-of-fold decision; one that it never saw by the version
    itself; one that it knows a near copy of, or of another of its story, is not answered.

    Raises
    ------
    ModelError
        If the version cannot be read.
    """
    known = read_decisions(folder) or Decisions({}, np.empty((0, N_MINIMA), np.uint16))
    digests = [article_digest(article) for article in articles]
    trained_on = known.know(digests)
    seen = np.isin(stories, stories[trained_on | known.know_near_copies(signatures, trained_on)])
    suggested, labelled = np.zeros((2, len(articles), len(section_ids)), dtype=bool)
    for i in np.flatnonzero(trained_on).tolist():
        # copies of a text share a story, so a fold, so a decision; of their labels those that are the same count
        of_text = known.of_text[digests[i]]
        decision = next((d for d in of_text if d.sections == articles[i].sections), of_text[0])
        suggested[i] = [name in decision.suggested for name in section_ids]
        labelled[i] = [name in decision.sections for name in section_ids]
    fair = trained_on | ~seen
    if (fair & ~trained_on).any():
        tagger = Tagger(read_model(folder))
        for i in np.flatnonzero(fair & ~trained_on).tolist():
            given = _tags(tagger, articles[i])
            fair[i] = given is not None
            suggested[i] = [name in (given or ()) for name in section_ids]
    return Opinion(suggested, fair, trained_on & fair, labelled)


def _tags(tagger: Tagger, article: LabelledArticle) -> set[str] | None:
    """Return the sections given to an article, or None where it is in a language that the model does not know."""
    try:
        return {tag.section for tag in tagger.tag(article.article).tags}
    except LanguageError:
        return None


def n_trained_on(folder: Path, articles: Iterable[LabelledArticle], signatures: NDArray[np.uint16]) -> int | None:
    """Return how many articles, or near copies of them, a version was trained on; None where nobody can tell."""
    known = read_decisions(folder)
    if known is None:
        return None
    same = known.know([article_digest(article) for article in articles])
    return int((same | known.know_near_copies(signatures, same)).sum())
