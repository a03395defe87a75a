"""How near the starter corpus is to the voice of real news: the common words of real news that it hardly uses."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from html import unescape
from pathlib import Path

import click

from benchmarks.languages.sets import read_set, unpacked
from benchmarks.report import Report, json_option
from benchmarks.reuters_data import read_r90

LEFT_OUT = Path(__file__).with_name("voice-left-out.txt")
REASONS = ("name", "market", "figure", "fragment")
#: Files of the corpus that were written with the list of words at hand: they do not decide which words are on it.
WRITTEN_SINCE = ("none-*.jsonl", "long-*.jsonl", "short-*.jsonl")
ENGLISH_SETS = ("mas_eng", "en_in")
TIMES, WORDS, MOST_REMAINING = 5.0, 500, 0.05
#: A word that begins with a capital in this share of its places inside sentences is a name.
NAME_SHARE = 0.5
_FEWEST_ARTICLES = 10
_WORD = re.compile(r"[a-z]{2,}")
_INSIDE = re.compile(r"(?<=[a-z,;] )[A-Za-z]{2,}")


@dataclass(frozen=True)
class Usage:
    """In how many articles of a collection each word occurs."""

    articles: Counter[str]
    total: int

    def share(self, word: str) -> float:
        """Return the share of the articles that hold the word."""
        return self.articles[word] / self.total if self.total else 0.0


@click.command()
@click.option(
    "--reuters", type=click.Path(exists=True, path_type=Path), required=True, help="Reuters-21578: archive or folder."
)
@click.option(
    "--data",
    type=click.Path(exists=True, path_type=Path),
    help="The sets of “benchmarks languages”: archive or folder. Only English sets are used.  [default: none]",
)
@click.option(
    "--corpus",
    type=click.Path(exists=True, path_type=Path),
    default=Path("training_data/articles"),
    show_default=True,
    help="The starter corpus.",
)
@click.option(
    "--candidates",
    type=int,
    help="Only list this many of the words, those of voice-left-out.txt included.  [default: measure]",
)
@json_option
def voice(reuters: Path, data: Path | None, corpus: Path, candidates: int | None, as_json: bool) -> None:
    """List the common words of real news that the starter corpus hardly uses, and count those that remain.

    The words are chosen with the articles that were written before the list. They remain if the whole corpus
    still uses them less than a fifth as often. Only training parts are read.
    """
    texts = _real_texts(reuters, data)
    real, names = [usage(each) for each in texts.values()], names_in(text for each in texts.values() for text in each)
    before, now = (usage(_corpus_texts(corpus, since)) for since in (False, True))
    chosen = rare_words(real, before, names)
    if candidates is not None:
        click.echo("\n".join(chosen[:candidates]))
        return
    left_out = read_left_out(LEFT_OUT)
    words = [word for word in chosen if word not in left_out][:WORDS]
    remaining = [word for word in words if is_rare(word, real, now)]
    _show(words, remaining, real, (before, now), as_json)


def usage(texts: Iterable[str]) -> Usage:
    """Count the articles that hold each word: two letters or more, without case."""
    counts: Counter[str] = Counter()
    total = 0
    for total, text in enumerate(texts, 1):  # noqa: B007 - the last number is the total
        counts.update(set(_WORD.findall(text.lower())))
    return Usage(counts, total)


def names_in(texts: Iterable[str]) -> frozenset[str]:
    """Return the words that mostly begin with a capital inside sentences; headlines in capitals do not count."""
    seen: Counter[str] = Counter()
    capitals: Counter[str] = Counter()
    for text in texts:
        words = _INSIDE.findall(text)
        capitalised = [word.lower() for word in words if word[0].isupper()]
        if len(capitalised) < NAME_SHARE * len(words):
            seen.update(word.lower() for word in words)
            capitals.update(capitalised)
    return frozenset(word for word, count in seen.items() if capitals[word] >= NAME_SHARE * count)


def mean_share(word: str, real: Sequence[Usage]) -> float:
    """Return the mean of a word's shares: each collection counts the same, whatever its size."""
    return sum(each.share(word) for each in real) / len(real)


def is_rare(word: str, real: Sequence[Usage], corpus: Usage) -> bool:
    """Say whether real news uses a word at least five times as often as the corpus."""
    return mean_share(word, real) >= TIMES * corpus.share(word)


def rare_words(real: Sequence[Usage], corpus: Usage, names: frozenset[str]) -> list[str]:
    """Return the words that are rare in the corpus, no names, the commonest in real news first."""
    known = {word for each in real for word in each.articles} - names
    found = [w for w in known if sum(e.articles[w] for e in real) >= _FEWEST_ARTICLES and is_rare(w, real, corpus)]
    return sorted(found, key=lambda word: (-mean_share(word, real), word))


def read_left_out(path: Path) -> dict[str, str]:
    """Read the words that are left out, one a line with its reason."""
    rows = [line.split() for line in path.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    if bad := [row for row in rows if len(row) != 2 or row[1] not in REASONS]:
        raise click.ClickException(
            f"{path.name}: {' '.join(bad[0])} is no entry. Fix: write a word and one of {', '.join(REASONS)}"
        )
    return dict(rows)


def _real_texts(reuters: Path, data: Path | None) -> dict[str, list[str]]:
    stories = read_r90(reuters).train
    texts = {"reuters": [unescape(unescape(f"{story.headline.lower()}\n{story.body}")) for story in stories]}
    if data:
        with unpacked(data) as folder:
            for name in ENGLISH_SETS:
                texts[name] = [example.body for example in read_set(folder, name).splits[0].train]
    return texts


def _corpus_texts(corpus: Path, since: bool) -> list[str]:
    rows = [
        json.loads(line)
        for file in sorted(corpus.glob("*.jsonl"))
        if since or not any(fnmatch(file.name, pattern) for pattern in WRITTEN_SINCE)
        for line in file.read_text(encoding="utf-8").splitlines()
    ]
    return [f"{row['headline']}\n{row['body']}" for row in rows]


def _show(
    words: Sequence[str], remaining: Sequence[str], real: Sequence[Usage], corpus: tuple[Usage, Usage], as_json: bool
) -> None:
    before, now = corpus
    report = Report(
        f"The {len(words)} commonest words that real news uses {TIMES:g} times as often: those that remain",
        ["word", "of 10,000 real articles", "articles before", "articles now"],
        [(word, 10_000 * mean_share(word, real), before.articles[word], now.articles[word]) for word in remaining],
    )
    share = len(remaining) / len(words)
    report.notes += [
        f"{len(remaining)} of {len(words)} words remain: {share:.1%} (aim: under {MOST_REMAINING:.0%})",
        f"{before.total:,} articles before, {now.total:,} now; {sum(each.total for each in real):,} real articles",
    ]
    report.show(as_json)
