"""The language of articles: the one that they name, or else the one detected in most of them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from classifier.corpus.readers import LabelledArticle
from classifier.errors import CorpusError
from classifier.language_codes import language_code

#: Language is detected only in texts of at least this length, because it is often misjudged in shorter ones.
MIN_LENGTH_FOR_LANGUAGE = 500
MAX_ARTICLES_FOR_LANGUAGE = 1_000
_ENOUGH_LENGTH = 3_000
_DEFAULT_LANGUAGE = "en"
_OTHERWISE = "Fix: if that is wrong, use --language CODE"


@dataclass(frozen=True)
class Language:
    """The language code of a model, and if nobody named it, how it was found."""

    code: str
    guess: str = ""


def base(code: str | None) -> str | None:
    """Return the language of a code as `language_code` does, and a code of no known language in lower case."""
    try:
        return language_code(code or "")
    except ValueError:
        return (code or "").lower().split("-")[0]


def languages_seen(articles: Sequence[LabelledArticle]) -> list[tuple[LabelledArticle, str]]:
    """Return articles long enough for detection, or an even selection if there are many, with their languages."""
    long_enough = [item for item in articles if len(item.prepared.text) >= MIN_LENGTH_FOR_LANGUAGE]
    step = max(1, len(long_enough) // MAX_ARTICLES_FOR_LANGUAGE)
    return [(item, _classify(item.prepared.text)) for item in long_enough[::step]]


def language_of(articles: Sequence[LabelledArticle], asked: str | None = None) -> Language:
    """Return the one language of articles; articles that name none are taken to be in it.

    Parameters
    ----------
    articles : sequence of LabelledArticle
    asked : str, optional
        The language that the user names. Without it, and if no article names one, the detected languages decide.

    Raises
    ------
    CorpusError
        If the articles name several languages, or a language other than ``asked``.
    """
    asked = base(asked)
    named = Counter(code for item in articles if (code := base(item.article.language)))
    found = ", ".join(f"{language} ({count:,})" for language, count in named.most_common())
    if len(named) > 1:
        raise CorpusError(
            f"the articles are in several languages: {found}. Fix: train one model for each language, "
            "or correct the field “language”"
        )
    if asked and named and asked not in named:
        raise CorpusError(
            f"--language is {asked}, but the articles are labelled {found}. "
            "Fix: leave out --language, or correct the field “language” of the articles"
        )
    if asked or named:
        return Language(asked or next(iter(named)))
    return _guess(articles)


def _guess(articles: Sequence[LabelledArticle]) -> Language:
    seen = languages_seen(articles)
    if seen:
        (code, count), *_ = Counter(language for _, language in seen).most_common(1)
        why = f"{count:,} of {len(seen):,} articles checked look like it"
        return Language(code, f"no article has a field “language”, so “{code}” is assumed: {why}. {_OTHERWISE}")
    together = "\n".join(item.prepared.text for item in articles[:MAX_ARTICLES_FOR_LANGUAGE])
    if len(together) >= MIN_LENGTH_FOR_LANGUAGE:
        code, why = _classify(together), "each article is too short to tell, but together they look like it"
    else:
        code, why = _DEFAULT_LANGUAGE, "the articles are too short to tell"
    return Language(code, f"no article has a field “language”, so “{code}” is assumed: {why}. {_OTHERWISE}")


def _classify(text: str) -> str:
    import py3langid  # other commands are spared the quarter of a second that its model takes to load

    found = str(py3langid.classify(text[:_ENOUGH_LENGTH])[0])
    return base(found) or found
