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
from classifier.corpus.stories import EARLIER_SCHEME, N_MINIMA, SCHEME, SCHEMES, have_near_copies, sign
from classifier.corpus.translations import StoryKeys
from classifier.errors import DamagedModelError, LanguageError, UnknownFormatError, shown, unreadable_as
from classifier.store.files import read_model
from classifier.tagger import Tagger
from classifier.training.measuring.earlier.moves import Relabelled
from classifier.training.measuring.earlier.seen import SeenArticles

OUTOFFOLD_FILE = "outoffold.jsonl"
#: The name of the file in versions that were written before it was renamed.
_EARLIER_FILE = "decisions.jsonl"
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
        asked = [StoryKeys.of(item.article) for item in articles]
        return np.array(
            [keys.story in stories or keys.original in ids | originals or keys.id in originals for keys in asked],
            dtype=bool,
        )

    def contain_ids_of(self, articles: Sequence[LabelledArticle]) -> NDArray[np.bool_]:
        """Return for each article whether a training article has its id."""
        ids = {keys.id for keys in self.keys} - {None}
        return np.array([StoryKeys.of(item.article).id in ids for item in articles], dtype=bool)

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
        asked = signatures[checked]
        if self.scheme != SCHEME:
            asked = sign([articles[i].prepared.text for i in checked.tolist()], self.scheme)
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
        declared = self.contain_stories_of(articles)
        seen = np.isin(stories, stories[identical | near | declared])
        same_id = self.contain_ids_of(articles) & ~seen
        return SeenArticles(identical, near, seen & ~identical & ~near, same_id)


def _nearest(answers: Sequence[OutOfFoldAnswer], sections: frozenset[str]) -> OutOfFoldAnswer:
    """Return the answer with these labels, or else the first: a text may occur with several."""
    return next((answer for answer in answers if answer.sections == sections), answers[0])


@dataclass(frozen=True)
class UnseenAnswers:
    """The tags that a version gives to articles that it has not seen, or would have given if it had not seen them.

    ``suggested`` is a bool array of shape (n_articles, n_sections). ``fair`` marks the articles that have such tags;
    ``trained_on`` marks the articles among them that are answered out-of-fold; both have the shape (n_articles,).
    ``labelled`` holds the labels that the version was trained on, if it was; its shape is that of ``suggested``.
    ``seen`` has the articles that it was trained on by kind, None if its folder does not record them.
    """

    suggested: NDArray[np.bool_]
    fair: NDArray[np.bool_]
    trained_on: NDArray[np.bool_]
    labelled: NDArray[np.bool_]
    seen: SeenArticles | None = None

    @property
    def copies(self) -> NDArray[np.bool_]:
        """The articles without an answer because they are near copies of training articles, or of their stories."""
        if self.seen is None:
            return np.zeros_like(self.fair)
        return np.asarray(self.seen.near | self.seen.same_story, dtype=np.bool_)


def article_digest(article: LabelledArticle) -> str:
    """Return the first 32 digits of the SHA-256 of an article's text as the model sees it."""
    return hashlib.sha256(article.prepared.text.encode()).hexdigest()[:_DIGITS]


def outoffold_text(
    articles: Sequence[LabelledArticle],
    signatures: NDArray[np.uint16],
    section_ids: Sequence[str],
    suggested: NDArray[np.bool_],
) -> str:
    """Return the content of outoffold.jsonl: one JSON object an article."""
    return "".join(
        json.dumps(
            {
                "article": article_digest(article),
                "sections": sorted(article.sections),
                "suggested": [section_ids[s] for s in np.flatnonzero(row).tolist()],
                "scheme": SCHEME,
                "signature": b64encode(signature.astype(_STORED).tobytes()).decode("ascii"),
                **{name: key for name, key in StoryKeys.of(article.article)._asdict().items() if key},
            },
            allow_nan=False,
        )
        + "\n"
        for article, signature, row in zip(articles, signatures, suggested, strict=True)
    )


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
    with unreadable_as(DamagedModelError, f"{path} cannot be read"):
        lines = path.read_text(encoding="utf-8").splitlines()
    try:
        rows = [json.loads(line) for line in lines]
        found: defaultdict[str, list[OutOfFoldAnswer]] = defaultdict(list)
        for row in rows:
            found[row["article"]].append(OutOfFoldAnswer(frozenset(row["sections"]), frozenset(row["suggested"])))
        if not all("signature" in row for row in rows):
            return None
        stored = b"".join(b64decode(row["signature"], validate=True) for row in rows)
        signatures = np.frombuffer(stored, _STORED).astype(np.uint16).reshape(len(rows), N_MINIMA)
        (scheme,) = {str(row.get("scheme", EARLIER_SCHEME)) for row in rows} or {SCHEME}
    except (ValueError, KeyError, TypeError, binascii.Error):
        raise DamagedModelError(f"{path} is damaged, or was not written by training. Fix: train again") from None
    if scheme not in SCHEMES:
        raise UnknownFormatError(
            f"{path} has signatures of the scheme {shown(scheme)}, which this version of Copydesk does not know. "
            "Fix: train again with this version, or install the version that wrote it"
        )
    keys = [StoryKeys(*(row.get(name) for name in StoryKeys._fields)) for row in rows]
    return OutOfFoldAnswers(dict(found), signatures, scheme, keys)


def answer_unseen(
    folder: Path,
    section_ids: Sequence[str],
    articles: Sequence[LabelledArticle],
    signatures: NDArray[np.uint16],
    stories: NDArray[np.int64],
    renamed: Mapping[str, str] | None = None,
) -> UnseenAnswers:
    """Return the tags that a version gives to articles that it has not seen, or would have given.

    An article that the version was trained on is answered out-of-fold. An article that it has never seen is answered by
    the version itself. A near copy or translation of a training article, or another article of its story, is not
    answered.

    Parameters
    ----------
    folder : Path
        Of the version.
    section_ids : sequence of str
        The columns of the answers.
    articles : sequence of LabelledArticle
    signatures : uint16 array of shape (n_articles, 64)
    stories : int64 array of shape (n_articles,)
    renamed : mapping, optional
        The ids among ``section_ids`` that the version knows by another id, by that id.

    Raises
    ------
    ModelError
        If the version cannot be read.
    """
    recorded = read_outoffold(folder)
    known = recorded or OutOfFoldAnswers({}, np.empty((0, N_MINIMA), np.uint16))
    names = renamed or {}

    def in_columns(sections: Iterable[str]) -> list[bool]:
        present = {names.get(name, name) for name in sections}
        return [name in present for name in section_ids]

    seen = known.seen_among(articles, signatures, stories)
    trained_on = seen.identical
    suggested, labelled = np.zeros((2, len(articles), len(section_ids)), dtype=bool)
    for i in np.flatnonzero(trained_on).tolist():
        # copies of a text are in one story, so in one fold, and have the same tags; prefer the copy with equal labels
        of_text = known.of_text[article_digest(articles[i])]
        own = in_columns(articles[i].sections)
        answer = next((found for found in of_text if in_columns(found.sections) == own), of_text[0])
        suggested[i] = in_columns(answer.suggested)
        labelled[i] = in_columns(answer.sections)
    fair = trained_on | ~seen.mask
    if (fair & ~trained_on).any():
        tagger = Tagger(read_model(folder))
        for i in np.flatnonzero(fair & ~trained_on).tolist():
            given = _sections_given(tagger, articles[i])
            fair[i] = given is not None
            suggested[i] = in_columns(given or ())
    return UnseenAnswers(suggested, fair, trained_on & fair, labelled, seen if recorded else None)


def _sections_given(tagger: Tagger, article: LabelledArticle) -> set[str] | None:
    """Return the sections that an article gets, or None if the model does not know its language."""
    try:
        return {tag.section for tag in tagger.tag(article.article).tags}
    except LanguageError:
        return None


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
