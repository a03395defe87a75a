"""outoffold.jsonl: the tags that each training article of a version gets from a model that has not seen it.

The file is kept in the version's folder. It makes a later comparison with the version fair: on articles that it was
trained on, the version's own tags would be far too good. Articles are found by the digest of their text. A near copy,
such as an article with a correction, is found by its signature. Each signature has the name of its scheme next to it;
without a name it is of the earlier scheme, and is compared by that scheme. Translations are found by the ids of
articles and by the names of their stories, of which digests are kept.
"""

import binascii
import hashlib
import json
from base64 import b64decode, b64encode
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from classifier.corpus.readers import LabelledArticle
from classifier.corpus.stored.subset import Subset, texts_of
from classifier.corpus.stories import EARLIER_SCHEME, N_MINIMA, SCHEME, SCHEMES, have_near_copies, sign
from classifier.corpus.translations import StoryKeys
from classifier.errors import DamagedModelError, UnknownFormatError, shown, unreadable_as
from classifier.training.measuring.earlier.moves import Relabelled
from classifier.training.measuring.earlier.seen import SeenArticles

OUTOFFOLD_FILE = "outoffold.jsonl"
#: The name of the file in versions that were written before it was renamed.
_EARLIER_FILE = "decisions.jsonl"
#: Two articles with the same id are versions of one article if this share of their minima agrees.
SAME_ID_AGREEMENT = 0.25
_DIGITS = 32
_STORED = np.dtype("<u2")


@dataclass(frozen=True)
class OutOfFoldAnswer:
    """The sections that an article was trained with, and the sections suggested for it out-of-fold, both by id."""

    sections: frozenset[str]
    suggested: frozenset[str]


@dataclass(frozen=True)
class OutOfFoldAnswers:
    """A version's out-of-fold answers by digest of the article, and the signatures of its articles, in no order.

    A text that occurs several times in the training data, perhaps with different labels, has several answers.
    ``scheme`` is the scheme of the signatures. ``keys`` are those of the articles that have some.
    """

    of_text: Mapping[str, Sequence[OutOfFoldAnswer]]
    signatures: NDArray[np.uint16]
    scheme: str = SCHEME
    keys: Sequence[StoryKeys] = ()

    def contain(self, digests: Sequence[str]) -> NDArray[np.bool_]:
        """Return for each text whether the version was trained on it; a bool array of shape (n_texts,)."""
        return np.array([digest in self.of_text for digest in digests], dtype=bool)

    def contain_stories_of(self, articles: Sequence[LabelledArticle]) -> NDArray[np.bool_]:
        """Return for each article whether the version was trained on its story, as articles declare it.

        They name the same story, or one is the original of the other, or both have the same original.
        """
        stories, ids, originals = ({keys[k] for keys in self.keys} - {None} for k in range(len(StoryKeys._fields)))
        asked = [StoryKeys.of(item.names) for item in articles]
        return np.array(
            [keys.story in stories or keys.original in ids | originals or keys.id in originals for keys in asked],
            dtype=bool,
        )

    def contain_ids_of(self, articles: Sequence[LabelledArticle]) -> NDArray[np.bool_]:
        """Return for each article whether a training article has its id."""
        return np.array([row is not None for row in self._rows_with_ids_of(articles)], dtype=bool)

    def _rows_with_ids_of(self, articles: Sequence[LabelledArticle]) -> list[int | None]:
        rows = {keys.id: row for row, keys in enumerate(self.keys) if keys.id is not None}
        return [rows.get(StoryKeys.of(item.names).id or "") for item in articles]

    def contain_versions_of(
        self, articles: Sequence[LabelledArticle], signatures: NDArray[np.uint16]
    ) -> NDArray[np.bool_]:
        """Return for each article whether a training article has its id and at least a quarter of its text.

        The id alone is not enough: many files number their articles from 1.
        """
        rows = self._rows_with_ids_of(articles)
        same = [n for n, row in enumerate(rows) if row is not None]
        found = np.zeros(len(articles), dtype=bool)
        asked = self._signed(Subset(articles, same), signatures[same])
        known = self.signatures[[row for row in rows if row is not None]]
        found[same] = (asked == known).mean(axis=1) >= SAME_ID_AGREEMENT
        return found

    def _signed(self, articles: Sequence[LabelledArticle], signatures: NDArray[np.uint16]) -> NDArray[np.uint16]:
        """Return the signatures of articles in the version's scheme; ``signatures`` are those in the present one."""
        if self.scheme == SCHEME:
            return signatures
        return sign(texts_of(articles), self.scheme)

    def relabelled(self, articles: Iterable[LabelledArticle]) -> Iterator[Relabelled]:
        """Yield the earlier and the present labels of the articles that the version was trained on."""
        for article in articles:
            if answers := self.of_text.get(article_digest(article)):
                yield _nearest(answers, article.sections).sections, article.sections

    def relabelled_by(self, later: "OutOfFoldAnswers") -> Iterator[Relabelled]:
        """Yield the labels here and those in a later version, of the articles that both were trained on."""
        for digest, answers in later.of_text.items():
            if known := self.of_text.get(digest):
                yield _nearest(known, answers[0].sections).sections, answers[0].sections

    def contain_near_copies(
        self, articles: Sequence[LabelledArticle], signatures: NDArray[np.uint16], skipped: NDArray[np.bool_]
    ) -> NDArray[np.bool_]:
        """Return for each article whether the version was trained on a near copy of it; false for the ``skipped``.

        Parameters
        ----------
        articles : sequence of LabelledArticle
        signatures : uint16 array of shape (n_articles, 64)
            Of the articles, in the present scheme. If the version has another, the articles are signed again.
        skipped : bool array of shape (n_articles,)
        """
        found, checked = np.zeros(len(signatures), dtype=bool), np.flatnonzero(~skipped)
        asked = self._signed([articles[i] for i in checked.tolist()], signatures[checked])
        found[checked] = have_near_copies(asked, self.signatures)
        return found

    def seen_among(
        self, articles: Sequence[LabelledArticle], signatures: NDArray[np.uint16], stories: NDArray[np.int64]
    ) -> SeenArticles:
        """Return which of some articles the version was trained on, of each kind.

        Parameters
        ----------
        articles : sequence of LabelledArticle
        signatures : uint16 array of shape (n_articles, 64)
        stories : int64 array of shape (n_articles,)
            The stories of these articles: if one of a story was seen, the others were.
        """
        identical = self.contain([article_digest(article) for article in articles])
        near = self.contain_near_copies(articles, signatures, identical)
        declared = self.contain_stories_of(articles) | self.contain_versions_of(articles, signatures)
        seen = np.isin(stories, stories[identical | near | declared])
        same_id = self.contain_ids_of(articles) & ~seen
        return SeenArticles(identical, near, seen & ~identical & ~near, same_id)


def _nearest(answers: Sequence[OutOfFoldAnswer], sections: frozenset[str]) -> OutOfFoldAnswer:
    """Return the answer with these labels, or else the first: a text may occur with several."""
    return next((answer for answer in answers if answer.sections == sections), answers[0])


def article_digest(article: LabelledArticle) -> str:
    """Return the first 32 digits of the SHA-256 of an article's text as the model sees it."""
    return text_digest(article.prepared.text)


def text_digest(text: str) -> str:
    """Return the first 32 digits of the SHA-256 of a text as the model sees it."""
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


def outoffold_lines(
    articles: Sequence[LabelledArticle],
    signatures: NDArray[np.uint16],
    section_ids: Sequence[str],
    suggested: NDArray[np.bool_],
) -> Iterator[str]:
    """Yield the lines of outoffold.jsonl: one JSON object an article."""
    for article, signature, row in zip(articles, signatures, suggested, strict=True):
        line = json.dumps(
            {
                "article": article_digest(article),
                "sections": sorted(article.sections),
                "suggested": [section_ids[s] for s in np.flatnonzero(row).tolist()],
                "scheme": SCHEME,
                "signature": b64encode(signature.astype(_STORED).tobytes()).decode("ascii"),
                **{name: key for name, key in StoryKeys.of(article.names)._asdict().items() if key},
            },
            allow_nan=False,
        )
        yield f"{line}\n"


def read_outoffold(folder: Path) -> OutOfFoldAnswers | None:
    """Return a version's out-of-fold answers, or None if it was written without them, or without signatures.

    Raises
    ------
    DamagedModelError
        If the file is not one that training wrote.
    UnknownFormatError
        If its signatures have a scheme that this version of Copydesk does not know.
    """
    path = next((folder / name for name in (OUTOFFOLD_FILE, _EARLIER_FILE) if (folder / name).exists()), None)
    if path is None:
        return None
    found: defaultdict[str, list[OutOfFoldAnswer]] = defaultdict(list)
    answers: dict[OutOfFoldAnswer, OutOfFoldAnswer] = {}  # equal ones are one object: of a million articles few differ
    keys: list[StoryKeys] = []
    stored, schemes = bytearray(), set()
    is_signed = True
    try:
        with unreadable_as(DamagedModelError, f"{path} cannot be read"), path.open(encoding="utf-8") as file:
            for row in map(json.loads, file):
                answer = OutOfFoldAnswer(frozenset(row["sections"]), frozenset(row["suggested"]))
                found[row["article"]].append(answers.setdefault(answer, answer))
                keys.append(StoryKeys(*(row.get(name) for name in StoryKeys._fields)))
                is_signed = is_signed and "signature" in row
                if is_signed:
                    stored += b64decode(row["signature"], validate=True)
                    schemes.add(str(row.get("scheme", EARLIER_SCHEME)))
        if not is_signed:
            return None
        signatures = np.frombuffer(bytes(stored), _STORED).astype(np.uint16).reshape(len(keys), N_MINIMA)
        (scheme,) = schemes or {SCHEME}
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
        raise DamagedModelError(f"{path} is damaged, or was not written by training. Fix: train again") from None
    if scheme not in SCHEMES:
        raise UnknownFormatError(
            f"{path} has signatures of the scheme {shown(scheme)}, which this version of Copydesk does not know. "
            "Fix: train again with this version, or install the version that wrote it"
        )
    return OutOfFoldAnswers(dict(found), signatures, scheme, keys)


def find_seen(
    folder: Path, articles: Sequence[LabelledArticle], signatures: NDArray[np.uint16], stories: NDArray[np.int64]
) -> SeenArticles | None:
    """Return which articles a version was trained on; None if its folder does not record its training articles.

    Parameters
    ----------
    folder : Path
        Of the version.
    articles : sequence of LabelledArticle
    signatures : uint16 array of shape (n_articles, 64)
    stories : int64 array of shape (n_articles,)

    Raises
    ------
    ModelError
        If the record cannot be read.
    """
    known = read_outoffold(folder)
    return known.seen_among(articles, signatures, stories) if known else None
