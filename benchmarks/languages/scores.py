"""Scores of Copydesk and its peers on each set, and how far Copydesk is from the best dictionary."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import click

from benchmarks.languages.peers import CHAR_WB, DICTIONARIES, FASTTEXT, WORDS, Label, Peer
from benchmarks.languages.product import PRODUCT, WITH, WITHOUT, Labelled, scored_by_product, variants
from benchmarks.languages.scoring import F1, Differences, best
from benchmarks.languages.sets import SIB, LanguageSet
from benchmarks.report import Report

#: The micro-F1 to reach, in percent, and the settings that have to reach it.
TARGETS: Mapping[str, tuple[float, str]] = {
    "zh_thuc": (84.0, PRODUCT),
    "ja_titles": (81.0, PRODUCT),
    "th_wisesight": (69.0, PRODUCT),
    "ko_ynat": (81.0, PRODUCT),
    "bn": (74.5, WITH),
    "hi": (78.0, WITH),
    "ml": (61.0, WITH),
}
#: The sets of SIB-200 without spaces between words, and the mean that they are to reach.
UNSPACED = tuple(
    f"{SIB}{code}" for code in ("tha_Thai", "lao_Laoo", "khm_Khmr", "mya_Mymr", "zho_Hans", "zho_Hant", "jpn_Jpan")
)
UNSPACED_TARGET = 75.0
_COMPARED = [
    "set",
    "best dictionary",
    PRODUCT,
    "the dictionary",
    "difference",
    WITHOUT,
    WITH,
    WORDS,
    CHAR_WB,
    FASTTEXT,
    "target",
    "met",
]
#: How far Copydesk may be behind the best dictionary on a set, in points; on average it is to be level or ahead.
MOST_BEHIND = 1.0


@dataclass
class SetScores:
    """The scores of every classifier on a set, and the seconds that each took."""

    found: LanguageSet
    scores: dict[str, F1] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def add(self, name: str, label: Callable[[], Sequence[Sequence[str]]]) -> None:
        """Score the labels that a classifier gives to the tests of each split: the mean over the splits."""
        start = time.perf_counter()
        given = label()
        self.seconds[name] = time.perf_counter() - start
        self.scores[name] = F1.mean(
            [
                F1.of(labels, [example.label for example in split.test], self.found.labels)
                for labels, split in zip(given, self.found.splits, strict=True)
            ]
        )
        f1 = self.scores[name]
        click.echo(f"{self.found.name}, {name}: {f1.micro:.1f}, macro {f1.macro:.1f}", err=True)


def score(found: LanguageSet, peers: Iterable[tuple[Peer, Label]]) -> SetScores:
    """Train and score every classifier on a set."""
    scored = SetScores(found)
    for name, settings in variants(found.main_script).items():
        scored.add(
            name,
            lambda settings=settings: [
                scored_by_product([Labelled(found.language, split.train)], [split.test], found.labels, settings)[0]
                for split in found.splits
            ],
        )
    for peer, label in peers:
        if peer.suits(found):
            scored.add(peer.name, lambda label=label: label(found.splits))
    return scored


def long_report(scored: Sequence[SetScores]) -> Report:
    """Return one row for each classifier on each set."""
    report = Report(
        "Labels of texts in other languages, one a text: F1 in percent (SIB-200: the mean of five folds by story)",
        ["set", "classifier", "trained on", "tested on", "micro-F1", "macro-F1", "seconds"],
        n_text_columns=2,
    )
    for entry in scored:
        first, n_tests = entry.found.splits[0], sum(len(split.test) for split in entry.found.splits)
        report.rows += [
            (entry.found.name, name, len(first.train), n_tests, f1.micro, f1.macro, entry.seconds[name])
            for name, f1 in entry.scores.items()
        ]
    return report


def compared_report(scored: Sequence[SetScores]) -> Report:
    """Return one row for each set: Copydesk beside the best dictionary and the others, by micro-F1."""
    report = Report(
        "Micro-F1 in percent: Copydesk, the best dictionary of words with the same linear model, and the others",
        _COMPARED,
        n_text_columns=2,
    )
    differences = {}
    for entry in scored:
        name, ours, dictionary = entry.found.name, entry.scores.get(PRODUCT), best(entry.scores, DICTIONARIES)
        if dictionary and ours:
            differences[name] = ours.micro - dictionary.score.micro
        target, settings = TARGETS.get(name, (None, PRODUCT))
        reached = entry.scores.get(settings)
        report.rows.append(
            (
                name,
                dictionary.name if dictionary else "",
                ours.micro if ours else None,
                dictionary.score.micro if dictionary else None,
                differences.get(name),
                *(_micro(entry.scores, other) for other in (WITHOUT, WITH, WORDS, CHAR_WB, FASTTEXT)),
                target,
                _yes(reached.micro >= target) if reached and target is not None else "",
            )
        )
    report.notes += _conclusions(scored, differences)
    return report


def _conclusions(scored: Sequence[SetScores], differences: Mapping[str, float]) -> list[str]:
    notes = []
    if differences:
        found = Differences(differences)
        name, points = found.worst
        notes.append(
            f"Copydesk minus the best dictionary, {len(differences)} sets: mean {found.mean:+.2f}, least {points:+.2f} "
            f"({name}). At most {MOST_BEHIND:.1f} behind any, and level or ahead on average: "
            f"{_yes(found.holds(MOST_BEHIND))}."
        )
    unspaced = [
        entry.scores[PRODUCT].micro for entry in scored if entry.found.name in UNSPACED and PRODUCT in entry.scores
    ]
    if len(unspaced) == len(UNSPACED):
        mean = sum(unspaced) / len(unspaced)
        notes.append(
            f"SIB-200, mean of Thai, Lao, Khmer, Burmese, Chinese (both) and Japanese: {mean:.1f}, target "
            f"{UNSPACED_TARGET:.0f}: {_yes(mean >= UNSPACED_TARGET)}."
        )
    return notes


def _micro(scores: Mapping[str, F1], name: str) -> float | None:
    return scores[name].micro if name in scores else None


def _yes(holds: bool) -> str:
    return "yes" if holds else "no"
