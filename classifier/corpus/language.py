"""The languages of articles: the ones that they name, or else the ones detected in them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from classifier.corpus.detection import MIN_LENGTH_FOR_LANGUAGE, LanguageDetector
from classifier.corpus.readers import LabelledArticle
from classifier.corpus.stored.subset import Subset
from classifier.errors import CorpusError, number_of
from classifier.language_codes import ALL_LANGUAGES, language_code

MAX_ARTICLES_FOR_LANGUAGE = 1_000
#: A language that no article names is believed if it is detected in that many articles, and in that share of them.
MIN_ARTICLES_DETECTED, MIN_SHARE_DETECTED = 5, 0.01
#: Stands for the language of articles of which it is not known, in figures and counts (BCP 47: undetermined).
NOT_KNOWN = "und"
_MANY_OTHERS = 0.1
_DEFAULT_LANGUAGE = "en"
_OTHERWISE = "Fix: if that is wrong, use --language CODE"


@dataclass(frozen=True)
class Language:
    """The language code of a model, and if nobody named it, how it was found."""

    code: str
    guess: str = ""


@dataclass(frozen=True)
class Languages:
    """The languages of a model, the one with the most articles first.

    ``of_articles`` holds the language of each article, `NOT_KNOWN` if it is not known. ``notes`` are sentences about
    languages that no article names.
    """

    codes: tuple[str, ...]
    of_articles: tuple[str, ...]
    notes: tuple[str, ...] = ()


def base(code: str | None) -> str | None:
    """Return the language of a code as `language_code` does, and a code of no known language in lower case."""
    try:
        return language_code(code or "")
    except ValueError:
        return (code or "").lower().split("-")[0]


def in_words(languages: Counter[str]) -> str:
    """Return languages with their numbers of articles, the most frequent first."""
    return ", ".join(f"{language_name(code)} ({count:,})" for code, count in languages.most_common())


def language_name(code: str) -> str:
    """Return a language for people: its code, or that it is not known."""
    return "not known" if code == NOT_KNOWN else code


def languages_seen(articles: Sequence[LabelledArticle]) -> list[tuple[LabelledArticle, str]]:
    """Return articles with the language detected in them, where their length or their script is enough to tell it.

    If there are many, it is an even selection of them.
    """
    detector = LanguageDetector()
    telling = [n for n, item in enumerate(articles) if _is_telling(item, detector)]
    step = max(1, len(telling) // MAX_ARTICLES_FOR_LANGUAGE)
    seen = ((item, detector.detect(item.prepared.text)) for item in Subset(articles, telling[::step]))
    return [(item, code) for item, code in seen if code]


def _is_telling(item: LabelledArticle, detector: LanguageDetector) -> bool:
    if item.length >= MIN_LENGTH_FOR_LANGUAGE:
        return True
    text = item.prepared.text
    return not text.isascii() and detector.by_script(text) is not None


def languages_of(
    articles: Sequence[LabelledArticle], asked: str | None = None, several: Sequence[str] = ()
) -> Languages:
    """Return the languages of articles that are to train one model.

    Parameters
    ----------
    articles : sequence of LabelledArticle
    asked : str, optional
        The language of articles that name none.
    several : sequence of str
        The languages that the model may have: codes, or ``all`` alone. Empty for one language.

    Raises
    ------
    CorpusError
        If ``several`` is empty, as `language_of`.
    """
    if not several:
        one = language_of(articles, asked)
        return Languages((one.code,), (one.code,) * len(articles), (one.guess,) if one.guess else ())
    among = () if ALL_LANGUAGES in several else tuple(several)
    found, notes = languages_of_each(articles, base(asked), among)
    counts = Counter(code for code in found if code != NOT_KNOWN)
    if not counts:
        one = _guess(articles)
        return Languages((one.code,), tuple(found), (*notes, one.guess))
    if absent := [code for code in among if code not in counts]:
        notes.append(f"no article is known to be in {', '.join(absent)}, so the model does not know that language")
    return Languages(tuple(code for code, _ in counts.most_common()), tuple(found), tuple(notes))


def languages_of_each(
    articles: Sequence[LabelledArticle], asked: str | None = None, among: Sequence[str] = ()
) -> tuple[list[str], list[str]]:
    """Return the language of each article, named or detected, and sentences about what no article names.

    A detected language in very few articles is more often a mistake of the detector than a language of the corpus, so
    it does not count.
    """
    named = [base(item.language) or asked for item in articles]
    silent = [n for n, code in enumerate(named) if code is None]
    found = [code or NOT_KNOWN for code in named]
    if not silent:
        return found, []
    detector = LanguageDetector(among)
    for n in silent:
        found[n] = detector.detect(articles[n].prepared.text) or NOT_KNOWN
    certain = {code for code in named if code} | {*among}
    counts = Counter(found)
    least = max(MIN_ARTICLES_DETECTED, MIN_SHARE_DETECTED * len(silent))
    rare = {code for code, n in counts.items() if code not in certain and code != NOT_KNOWN and n < least}
    for n in silent:
        if found[n] in rare and not detector.by_script(articles[n].prepared.text):
            found[n] = NOT_KNOWN
    return found, _about_silent(Counter(found[n] for n in silent), detector.undetectable)


def _about_silent(found: Counter[str], undetectable: Sequence[str]) -> list[str]:
    n_unknown = found.pop(NOT_KNOWN, 0)
    notes = []
    if found:
        notes.append(
            f"{number_of(found.total(), 'article has', 'articles have')} no field “language”; detected: "
            f"{in_words(found)}. Fix: if that is wrong, add this field"
        )
    if n_unknown:
        notes.append(
            f"{number_of(n_unknown, 'article names', 'articles name')} no language, and it cannot be detected, because "
            "the text is too short, or too few other articles are in its language. Training uses such articles; tables "
            "by language count them as “not known”. Fix: add the field “language”"
        )
    if undetectable:
        notes.append(
            f"{', '.join(undetectable)} cannot be detected, so the language of articles that are written in the same "
            "script and name none is not known. Fix: add the field “language”"
        )
    return notes


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
    named = Counter(code for item in articles if (code := base(item.language)))
    found = in_words(named)
    if len(named) > 1:
        raise CorpusError(
            f"the articles are in several languages: {found}. Fix: use --languages all to train one model on all of "
            "them, or train a model for each language with --language CODE, or correct the field “language”"
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
        (code, count), *others = Counter(language for _, language in seen).most_common()
        why = f"{count:,} of {len(seen):,} articles checked look like it"
        often = Counter({other: n for other, n in others if n >= max(MIN_ARTICLES_DETECTED, _MANY_OTHERS * len(seen))})
        if often:
            why += f", others like {in_words(often)} (--languages all trains one model on all of them)"
        return Language(code, f"no article has a field “language”, so “{code}” is assumed: {why}. {_OTHERWISE}")
    together = "\n".join(item.prepared.text for item in articles[:MAX_ARTICLES_FOR_LANGUAGE])
    code, why = (
        LanguageDetector().detect(together) or "",
        "each article is too short to tell, but together they look like it",
    )
    if not code:
        code, why = _DEFAULT_LANGUAGE, "the articles are too short to tell"
    return Language(code, f"no article has a field “language”, so “{code}” is assumed: {why}. {_OTHERWISE}")
