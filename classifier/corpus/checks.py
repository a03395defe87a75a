"""Whether labelled articles can be trusted: the checks that need no model."""

import re
import string
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from classifier.corpus.findings import Finding
from classifier.corpus.language_checks import thin_languages, unexpected_languages, unlearned_scripts
from classifier.corpus.leaks import TermCounts, find_leaks
from classifier.corpus.readers import Corpus, LabelledArticle
from classifier.corpus.readers.faults import encoding_hints, row_faults, unknown_labels
from classifier.corpus.stories import members
from classifier.errors import number_of
from classifier.sections import Sections
from classifier.text.script import count_scripts

THIN_SUPPORT = 20
MIN_SUPPORT = 5
_ADD = "Fix: add articles with this section"
SHINGLE_WORDS = 8
_MIN_LETTERS = 0.5
_WORD = re.compile(r"\w+")
_ASCII_LETTERS = string.ascii_letters.encode()
_LETTERS = re.compile(r"[^\W\d_]+")
#: UTF-8 read as Latin-1 or Windows-1252, and the character that decoders write if they fail.
_MOJIBAKE = re.compile("Ã[\u0080-\u00bf]|â€[\u0080-\u00ff™œ\u201c\u201d]|\ufffd")


@dataclass(frozen=True)
class Counts:
    """The number of articles of each section, by year; ``none`` stands for articles without a section.

    ``languages`` holds the same by language, for articles in several languages; otherwise it is empty.
    """

    n_articles: int
    n_stories: int
    sections: dict[str, dict[str, int]]
    repeated_shingles: float
    languages: dict[str, dict[str, int]] = field(default_factory=dict)

    def total(self, section: str) -> int:
        """Return the number of articles of a section."""
        return sum(self.sections[section].values())


def count(corpus: Corpus, stories: NDArray[np.int64], sections: Sections, languages: Sequence[str] = ()) -> Counts:
    """Count articles per section and year, count stories, and find the share of 8-word runs in several articles.

    ``languages`` are those of the articles: if there are several, articles are counted per language and section too.
    """
    per_section: dict[str, Counter[str]] = {section.id: Counter() for section in sections}
    per_section["none"] = Counter()
    for item in corpus.articles:
        year = str(item.published.year) if item.published else "undated"
        for section in item.sections or {"none"}:
            per_section[section][year] += 1
    return Counts(
        n_articles=len(corpus.articles),
        n_stories=len(np.unique(stories)),
        sections={section: dict(sorted(years.items())) for section, years in per_section.items()},
        repeated_shingles=_repeated_shingles(corpus.articles),
        languages=_by_language(corpus.articles, languages, list(per_section)),
    )


def _by_language(
    articles: Sequence[LabelledArticle], languages: Sequence[str], names: Sequence[str]
) -> dict[str, dict[str, int]]:
    listed = [code for code, _ in Counter(languages).most_common()]
    if len(listed) < 2:
        return {}
    counts = Counter(
        (code, name) for code, item in zip(languages, articles, strict=True) for name in item.sections or {"none"}
    )
    return {code: {name: counts[code, name] for name in names} for code in listed}


def check(
    articles: Sequence[LabelledArticle],
    stories: NDArray[np.int64],
    sections: Sections,
    counted: TermCounts,
    min_support: int = MIN_SUPPORT,
    languages: Sequence[str] = (),
) -> list[Finding]:
    """Return the faults of articles, and what else is worth knowing about them.

    ``counted`` are the terms of the articles, ``languages`` their languages, if these are known. A section of fewer
    than ``min_support`` stories is not trained.
    """
    copies = _within_languages(stories, languages) if languages else stories
    findings = [*_duplicates(articles, stories), *find_leaks(articles, copies, sections, counted)]
    findings.extend(_thin_sections(articles, stories, sections, min_support))
    findings.extend(thin_languages(articles, languages, sections, THIN_SUPPORT))
    findings.extend(unlearned_scripts(articles, counted))
    for look in _CHECKS:
        findings.extend(look(articles, sections))
    findings.extend(unexpected_languages(articles, languages))
    return findings


def _within_languages(stories: NDArray[np.int64], languages: Sequence[str]) -> NDArray[np.int64]:
    """Return the part of each story that is in one language: leaks are looked for in every language."""
    if len(set(languages)) == 1:
        return stories
    first: dict[tuple[int, str], int] = {}
    keys = zip(stories.tolist(), languages, strict=True)
    return np.array([first.setdefault(key, n) for n, key in enumerate(keys)], np.int64)


def check_rows(corpus: Corpus) -> Iterator[Finding]:
    """Yield the faults of the rows that were read, each once, and what was left out."""
    if corpus.rejects:
        n = len(corpus.rejects)
        fix = "correct it" if n == 1 else "correct them"
        if corpus.articles:
            fix += ", or train with --skip-bad"
        found = (*encoding_hints(corpus), *unknown_labels(corpus.rejects), *row_faults(corpus.rejects))
        message = f"{number_of(n, 'row')} cannot be used. Fix: {fix}"
        yield Finding("error", "bad-rows", message, tuple(map(str, found)))
    for line in corpus.labels_instead():
        yield Finding("warning", "passed-over", line)
    for note in corpus.notes():
        yield Finding("note", "passed-over", note)


def _duplicates(articles: Sequence[LabelledArticle], stories: NDArray[np.int64]) -> Iterator[Finding]:
    """Find copies and near copies: splits keep them together, so they matter only if their labels differ."""
    alike: list[str] = []
    unlike: list[str] = []
    for group in members(stories):
        if len(group) > 1:
            line = " = ".join(str(articles[i].place) for i in group)
            (alike if len({articles[i].sections for i in group}) == 1 else unlike).append(line)
    copies = "copies or translations" if any(_declares_story(item) for item in articles) else "copies"
    if unlike:
        message = (
            f"{number_of(len(unlike), 'story has', 'stories have')} {copies} with different labels. "
            "Fix: give all copies of one the same labels"
        )
        yield Finding("warning", "contradicting-copies", message, tuple(unlike))
    if alike:
        which = "more than once" if copies == "copies" else "in several copies or translations"
        message = (
            f"{number_of(len(alike), 'story occurs', 'stories occur')} {which}; nothing to do, "
            "because splits keep their copies together"
        )
        yield Finding("note", "copies", message, tuple(alike))


def _declares_story(item: LabelledArticle) -> bool:
    return item.names.story is not None or item.names.translation_of is not None


def _thin_sections(
    articles: Sequence[LabelledArticle], stories: NDArray[np.int64], sections: Sections, min_support: int
) -> Iterator[Finding]:
    support = Counter(section for item in articles for section in item.sections)
    stories_with: defaultdict[str, set[int]] = defaultdict(set)
    for item, story in zip(articles, stories.tolist(), strict=True):
        for name in item.sections:
            stories_with[name].add(story)
    story_support = {name: len(found) for name, found in stories_with.items()}
    for section in sections.active:
        n = story_support.get(section.id, 0)
        if support[section.id] == len(articles) > 0:
            message = (
                f"{section.id}: every article has this section, so it cannot be learned and is not trained. Fix: add "
                "articles without it; or remove it from the vocabulary, and use --ignore-unknown"
            )
            yield Finding("warning", "everywhere", message)
            continue
        counts = f"{section.id}: {n} {'story' if n == 1 else 'stories'}"
        if support[section.id] > n:
            counts += f" in {support[section.id]:,} articles, because near copies count once"
        if n == 0:
            yield Finding("note", "thin-section", f"{section.id}: no articles, so it is not trained. {_ADD}")
        elif n < min_support:
            message = f"{counts}, so it is not trained: --min-support is {min_support}. {_ADD}"
            yield Finding("warning", "thin-section", message)
        elif n < THIN_SUPPORT:
            yield Finding(
                "note", "thin-section", f"{counts}; below {THIN_SUPPORT}, its measured quality is uncertain. {_ADD}"
            )


def _deprecated(articles: Sequence[LabelledArticle], sections: Sections) -> Iterator[Finding]:
    spellings = {
        spelling.casefold(): section
        for section in sections
        if section.status == "deprecated"
        for spelling in section.spellings
    }
    used: defaultdict[str, list[str]] = defaultdict(list)
    for item in articles if spellings else ():
        for label in item.article.sections:
            if section := spellings.get(label.casefold()):
                used[section.id].append(str(item.place))
    for section in sections:
        if places := used.get(section.id):
            one = len(places) == 1
            left_out = f"{'is' if one else 'are'} left out of training"
            fate = f"{'counts' if one else 'count'} as {section.replaced_by}" if section.replaced_by else left_out
            message = f"{section.id} is deprecated; {number_of(len(places), 'label')} {fate}"
            if not section.replaced_by:
                message += ". Fix: set its replaced_by in sections.toml, or give those articles another label"
            yield Finding("note" if section.replaced_by else "warning", "deprecated-label", message, tuple(places))


def _not_text(articles: Sequence[LabelledArticle], sections: Sections) -> Iterator[Finding]:  # noqa: ARG001
    few_letters, broken = [], []
    for item in articles:
        text = item.prepared.text
        if _has_few_letters(text):
            few_letters.append(str(item.place))
        if not text.isascii() and _MOJIBAKE.search(text):
            broken.append(str(item.place))
    if few_letters:
        message = (
            f"{number_of(len(few_letters), 'article consists', 'articles consist')} mostly of tables, code or "
            "addresses, not words. Fix: remove the ones that are not news stories"
        )
        yield Finding("warning", "not-text", message, tuple(few_letters))
    if broken:
        message = (
            f"{number_of(len(broken), 'article has', 'articles have')} characters broken by a wrong encoding. "
            "Fix: export them again as UTF-8"
        )
        yield Finding("warning", "encoding", message, tuple(broken))


def _has_few_letters(text: str) -> bool:
    """Return whether less than half of the visible characters of a text are letters."""
    source = text.encode()
    # fast, and enough for nearly every article in the Latin script
    if len(source) - len(source.translate(None, _ASCII_LETTERS)) >= _MIN_LETTERS * len(text):
        return False
    visible = sum(map(len, text.split()))
    letters = sum(map(len, _LETTERS.findall(text)))
    # the vowel signs of many scripts are no letters for a pattern
    return max(letters, 0 if text.isascii() else count_scripts(text).total()) < _MIN_LETTERS * visible


_CHECKS: tuple[Callable[[Sequence[LabelledArticle], Sections], Iterator[Finding]], ...] = (
    _deprecated,
    _not_text,
)


def _repeated_shingles(articles: Sequence[LabelledArticle]) -> float:
    """Return the share of distinct 8-word runs that occur in more than one article."""
    found = array("q")  # a hash of each run, once for each article that has it
    for item in articles:
        words = _WORD.findall(item.prepared.text.lower())
        found.extend({hash(tuple(words[i : i + SHINGLE_WORDS])) for i in range(len(words) - SHINGLE_WORDS + 1)})
    runs = np.frombuffer(found, np.int64)
    runs.sort()
    starts = np.flatnonzero(np.append(True, runs[1:] != runs[:-1])) if len(runs) else runs
    return float((np.diff(starts, append=len(runs)) > 1).mean()) if len(runs) else 0.0
