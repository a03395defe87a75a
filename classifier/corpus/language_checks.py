"""Checks of articles in several languages and scripts: what a model learns of each, and what it cannot learn."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from classifier.corpus.detection import MIN_LENGTH_FOR_LANGUAGE, share_script
from classifier.corpus.findings import Finding, first_few
from classifier.corpus.language import (
    MIN_ARTICLES_DETECTED,
    NOT_KNOWN,
    base,
    in_words,
    languages_of_each,
    languages_seen,
)
from classifier.corpus.leaks import TermCounts
from classifier.corpus.readers import LabelledArticle
from classifier.errors import number_of
from classifier.sections import Sections
from classifier.text.script import ENOUGH_TERMS, count_scripts, script_of

#: An article with fewer terms that another article has teaches a model next to nothing.
MIN_SHARED_TERMS = 3
_FEW_ARTICLES = 5
_MAX_NAMED = 8
_ROWS_AT_ONCE = 10_000
_GLANCE = 48


def languages_to_count(articles: Sequence[LabelledArticle]) -> list[str]:
    """Return the language of each article, with little work if all seem to be in one: then that one is assumed."""
    named = {code for item in articles if (code := base(item.language))}
    if len(named) < 2 and any(not item.language for item in articles):
        seen = Counter(code for _, code in languages_seen(articles))
        often = {code for code, n in seen.items() if n >= MIN_ARTICLES_DETECTED} | named
        if len(often) < 2:
            return [next(iter(named or often), NOT_KNOWN)] * len(articles)
    found, _ = languages_of_each(articles)
    return found


def about_languages(languages: Sequence[str]) -> Iterator[Finding]:
    """Yield the languages of articles, if there are several: a model must be asked to learn them together."""
    counts = Counter(languages)
    if len(counts.keys() - {NOT_KNOWN}) > 1:
        message = (
            f"the articles are in several languages: {in_words(counts)}. Fix: train one model on all of them with "
            "--languages all, or a model for each language with --language CODE"
        )
        yield Finding("note", "several-languages", message)


def unexpected_languages(articles: Sequence[LabelledArticle], languages: Sequence[str] = ()) -> Iterator[Finding]:
    """Compare the language that each article names, or else the usual one, with the detected language.

    If the articles are in several ``languages``, there is no usual one.
    """
    seen = languages_seen(articles)
    if not seen:
        return
    has_several = len({*languages} - {NOT_KNOWN}) > 1
    usual = None if has_several else Counter(language for _, language in seen).most_common(1)[0][0]
    odd = [
        f"{item.place} looks like “{language}”"
        for item, language in seen
        if (expected := base(item.language) or usual) and not _may_be(expected, language, item)
    ]
    if odd:
        message = (
            f"{len(odd):,} of {len(seen):,} articles checked do not look like the language in their field “language” "
            "(without it: the language of most articles). Fix: correct the field, or remove these articles"
        )
        yield Finding("warning", "language", message, tuple(odd))


def _may_be(expected: str, detected: str, item: LabelledArticle) -> bool:
    """Return whether an article may be in the expected language: the script of a short text allows several."""
    is_short = item.length < MIN_LENGTH_FOR_LANGUAGE
    return expected == detected or (is_short and share_script(expected, detected))


def thin_languages(
    articles: Sequence[LabelledArticle], languages: Sequence[str], sections: Sections, thin: int
) -> Iterator[Finding]:
    """Yield the sections that have no articles, or fewer than ``thin``, in one of several languages."""
    known = [code for code, _ in Counter(languages).most_common() if code != NOT_KNOWN]
    if len(known) < 2:
        return
    counts = Counter((code, name) for code, item in zip(languages, articles, strict=True) for name in item.sections)
    used = {name for _, name in counts}
    for code in known:
        n = {section.id: counts[code, section.id] for section in sections.active if section.id in used}
        none = [name for name in n if not n[name]]
        if none:
            message = (
                f"no article in {code} has {first_few(none, _MAX_NAMED)}, so a text in {code} gets them only for the "
                "names and words that it shares with other languages. Fix: add articles in this language to them"
            )
            yield Finding("warning", "thin-language", message)
        few = [f"{name} ({n[name]})" for name in n if 0 < n[name] < thin]
        if few:
            message = (
                f"fewer than {thin} articles in {code} have {first_few(few, _MAX_NAMED)}, so the measured quality of "
                "these sections is uncertain in this language. Fix: add articles in this language to them"
            )
            yield Finding("note", "thin-language", message)


def unlearned_scripts(articles: Sequence[LabelledArticle], counted: TermCounts) -> Iterator[Finding]:
    """Yield the scripts of which a model learns next to nothing: few of their terms are in more than one article."""
    of_script: defaultdict[str, list[int]] = defaultdict(list)
    for n, item in enumerate(articles):
        text = item.prepared.text
        script = "Latin" if text.isascii() else script_of(text[:: max(1, len(text) // _GLANCE)])
        if script:
            of_script[script].append(n)
    if not of_script:
        return
    usual = max(of_script, key=lambda script: len(of_script[script]))
    is_shared = _are_shared(counted)
    shared = _count_shared(counted, is_shared)
    terms = count_scripts(term[0] for term in counted.terms[is_shared].tolist() if term)
    for script, rows in of_script.items():
        strangers = [n for n in rows if shared[n] < MIN_SHARED_TERMS]
        places = tuple(str(articles[n].place) for n in strangers or rows)
        fix = "so the model learns next to nothing of them. Fix: add articles in this script, or leave these out"
        if 2 * len(strangers) > len(rows) and (script != usual or len(rows) >= _FEW_ARTICLES):
            few = f"fewer than {MIN_SHARED_TERMS} terms that also occur in another article"
            message = f"{len(strangers):,} of {number_of(len(rows), 'article')} in {script} script have {few}, {fix}"
            yield Finding("warning", "script", message, places)
        elif terms[script] < ENOUGH_TERMS and script != usual:
            few = f"{number_of(terms[script], 'term')} in this script that occur in two or more articles"
            message = f"{number_of(len(rows), 'article')} in {script} script: there are only {few}, {fix}"
            yield Finding("warning", "script", message, places)


def _are_shared(counted: TermCounts) -> NDArray[np.bool_]:
    """Return which terms are in more than one article, a bool array of shape (n_terms,)."""
    frequency = np.zeros(counted.counts.shape[1], np.int64)
    for begin in range(0, counted.counts.shape[0], _ROWS_AT_ONCE):
        frequency += np.bincount(counted.counts[begin : begin + _ROWS_AT_ONCE].indices, minlength=len(frequency))
    return np.asarray(frequency > 1, np.bool_)


def _count_shared(counted: TermCounts, is_shared: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return how many terms of each article another article has, an int64 array of shape (n_articles,)."""
    n_rows = counted.counts.shape[0]
    found = np.zeros(n_rows, np.int64)
    for begin in range(0, n_rows, _ROWS_AT_ONCE):
        part = counted.counts[begin : begin + _ROWS_AT_ONCE]
        running = np.concatenate([[0], np.cumsum(is_shared[part.indices])])
        found[begin : begin + part.shape[0]] = running[part.indptr[1:]] - running[part.indptr[:-1]]
    return found
