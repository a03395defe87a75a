"""The language of articles: the one that they say, or else the one that most of them seem to be in."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from classifier.corpus.readers import LabelledArticle
from classifier.errors import CorpusError

#: Language is only judged on texts of at least this length: shorter ones are often misjudged.
MIN_LENGTH_FOR_LANGUAGE = 500
MAX_ARTICLES_FOR_LANGUAGE = 1_000
_ENOUGH_LENGTH = 3_000
_DEFAULT_LANGUAGE = "en"
_OTHERWISE = "--language CODE says otherwise"


@dataclass(frozen=True)
class Language:
    """The code of the language of a model, and where nobody named it, why it was taken."""

    code: str
    guess: str = ""


def base(code: str) -> str:
    """Return the language of a BCP 47 code without its region: ``de`` of ``de-AT``."""
    return code.lower().split("-")[0]


def languages_seen(articles: Sequence[LabelledArticle]) -> list[tuple[LabelledArticle, str]]:
    """Return articles that are long enough to tell, or an even choice of many, with what they seem to be in."""
    long_enough = [item for item in articles if len(item.prepared.text) >= MIN_LENGTH_FOR_LANGUAGE]
    step = max(1, len(long_enough) // MAX_ARTICLES_FOR_LANGUAGE)
    return [(item, _classify(item.prepared.text)) for item in long_enough[::step]]


def language_of(articles: Sequence[LabelledArticle], asked: str | None = None) -> Language:
    """Return the one language of articles; those that do not say are taken to be in it.

    Parameters
    ----------
    articles : sequence of LabelledArticle
    asked : str, optional
        What somebody says that it is. Without it, and where no article says, most articles decide.

    Raises
    ------
    CorpusError
        If the articles name several languages, or another than ``asked``.
    """
    named = Counter(base(item.article.language) for item in articles if item.article.language)
    found = ", ".join(f"{language} ({count:,})" for language, count in named.most_common())
    if len(named) > 1:
        raise CorpusError(f"the articles are in several languages: {found}; train one model for each")
    if asked and named and base(asked) not in named:
        raise CorpusError(
            f"--language is {base(asked)}, but articles say that they are in another: {found}; "
            "leave --language out, or correct the language of those articles"
        )
    if asked or named:
        return Language(base(asked or next(iter(named))))
    return _guess(articles)


def _guess(articles: Sequence[LabelledArticle]) -> Language:
    seen = languages_seen(articles)
    if seen:
        (code, count), *_ = Counter(language for _, language in seen).most_common(1)
        why = f"{count:,} of the {len(seen):,} looked at seem to be in it"
        return Language(code, f"no article names its language; taken to be “{code}”: {why}; {_OTHERWISE}")
    together = "\n".join(item.prepared.text for item in articles[:MAX_ARTICLES_FOR_LANGUAGE])
    if len(together) >= MIN_LENGTH_FOR_LANGUAGE:
        code, why = _classify(together), "each is too short to tell, but together they seem to be in it"
    else:
        code, why = _DEFAULT_LANGUAGE, "they are too short to tell"
    return Language(code, f"no article names its language; taken to be “{code}”: {why}; {_OTHERWISE}")


def _classify(text: str) -> str:
    import py3langid  # loading its model takes a quarter of a second that other commands need not spend

    return str(py3langid.classify(text[:_ENOUGH_LENGTH])[0])
