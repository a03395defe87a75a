"""The choice of the set of models that answers an article.

The set that the request names; or else the one whose model has the language that the article names; or else the one
whose model has the language that is detected in the text, out of those that the sets have.
"""

from collections.abc import Collection, Mapping, Sequence

from classifier.article import Article
from classifier.errors import FieldProblem, LanguageError, ModelError, SetChoiceError, shown
from classifier.language_codes import language_code
from classifier.routing.detecting import detected_language
from classifier.store.sets import OWN
from classifier.text.clean import clean

#: Characters of a body whose text nearly always tells the language; a cut tag at their end does no harm.
_START = 4_000
#: The languages of each set by name; empty if no model of the set was ever read.
Languages = Mapping[str, tuple[str, ...]]


def choose_set(languages: Languages, article: Article, asked: str | None = None, preferred: Sequence[str] = ()) -> str:
    """Return the name of the set that answers an article.

    Parameters
    ----------
    languages : mapping
        The sets that there are, several or one.
    article : Article
    asked : str, optional
        The set that the request names.
    preferred : sequence of str
        Sets in order of preference. If several sets have the article's language, or no language is detected, the first
        of these answers, or else the set ``default``.

    Raises
    ------
    SetChoiceError
        If there is no such set, or it is not clear which one is meant.
    LanguageError
        If the article names a language that no set has.
    ModelError
        The same, but the languages of a set are unknown, because it has no usable model.
    """
    if asked is not None:
        return named_set(languages, asked)
    try:
        code = language_code(article.language) if article.language else None
    except ValueError as error:
        raise LanguageError([FieldProblem("language", str(error))]) from None
    if code is not None:
        return _set_of_language(languages, code, preferred)
    present = {_code(language) for codes in languages.values() for language in codes}
    if len(present) > 1 or not all(languages.values()):
        code = _detected(article, present)
        if code is not None:
            return _set_of_language(languages, code, preferred)
        why = "the language of the text cannot be detected"
    else:
        why = f"the sets {', '.join(languages)} are all in “{next(iter(present))}”"
    return _first(languages, preferred, why)


def _detected(article: Article, present: Collection[str]) -> str | None:
    """Return the language of an article by its text: the start of it, or all of it if the start does not tell."""
    headline = clean(article.headline)
    code = detected_language(f"{headline}\n{clean(article.body[:_START])}", present)
    if code is None and len(article.body) > _START:  # it may begin with the head of a page
        code = detected_language(f"{headline}\n{clean(article.body)}", present)
    return code


def named_set(languages: Languages, name: str) -> str:
    """Return the name of a set if there is one of this name.

    Raises
    ------
    SetChoiceError
        If there is none. The message lists those that there are.
    """
    if name not in languages:
        raise SetChoiceError([FieldProblem("set", f"there is no set {shown(name)}. Fix: use {_listed(languages)}")])
    return name


def usual_set(languages: Languages, preferred: Sequence[str] = ()) -> str:
    """Return the name of the set that answers if a request does not show which one is meant.

    Raises
    ------
    SetChoiceError
        If no set is preferred, and none is called ``default``.
    """
    return _first(languages, preferred, "the service has several sets of models")


def _set_of_language(languages: Languages, code: str, preferred: Sequence[str]) -> str:
    having = {name: codes for name, codes in languages.items() if code in map(_code, codes)}
    if not having:
        unread = [name for name, codes in languages.items() if not codes]
        if unread:
            raise ModelError(
                f"no set with a usable model has the language “{code}”, and {', '.join(unread)} has no usable model. "
                "Fix: run “copydesk models --set NAME promote VERSION” with a version that loads"
            )
        there = "; ".join(f"{name}: {', '.join(codes)}" for name, codes in languages.items())
        detail = (
            f"the article is in {shown(code)}, but the sets of models have other languages ({there}). "
            "Fix: train a set of that language, or leave the language out if it is wrong"
        )
        raise LanguageError([FieldProblem("language", detail)])
    if len(having) == 1:
        return next(iter(having))
    return _first(having, preferred, f"the sets {', '.join(having)} all have the language “{code}”")


def _first(languages: Languages, preferred: Sequence[str], why: str) -> str:
    for name in (*preferred, OWN):
        if name in languages:
            return name
    if len(languages) == 1:
        return next(iter(languages))
    raise SetChoiceError(
        [
            FieldProblem(
                "set",
                f"{why}. Fix: name the set: {_listed(languages)}; or have the operator of the service name one in the "
                "setting preferred_sets",
            )
        ]
    )


def _listed(languages: Languages) -> str:
    return " or ".join(languages) if len(languages) < 3 else f"one of {', '.join(languages)}"


def _code(language: str) -> str:
    return language_code(language) or language
