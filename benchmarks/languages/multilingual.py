"""One model of many languages beside one model a language, on sentences that are translations of each other.

All translations of a sentence are on one side of every split, so no model has seen a test sentence in any language.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchmarks.languages.product import Labelled, one_tag, scored_by_product
from benchmarks.languages.scoring import F1
from benchmarks.languages.sets import SIB, Example, LanguageSet, read_set
from benchmarks.report import Report

if TYPE_CHECKING:
    from classifier.training.training_settings import TrainingSettings

#: The number of articles of a language that has few.
FEW = 60
#: Languages that are measured with few articles.
FEW_SETS = tuple(f"{SIB}{code}" for code in ("tpi_Latn", "zho_Hant", "npi_Deva", "ind_Latn", "khm_Khmr", "tha_Thai"))
_LEAST_SETS = 2
#: The means that a prototype reached on 20 languages and two folds, with the language known and not: settings -> alone,
#: together. Ours may be this much below.
PROTOTYPE = {"subwords off": (66.3, 67.3), "subwords on": (74.5, 73.6)}
MOST_BELOW = 1.5
#: Of sixty sentences of seven topics, some topics have only a few.
_MIN_SUPPORT = 1


def multilingual_report(folder: Path, names: Sequence[str], n_folds: int) -> Report:
    """Train on each language alone and on all together; score each language's held-out sentences with both.

    Raises
    ------
    click.ClickException
        If fewer than two sets of SIB-200 are there.
    """
    sets = [read_set(folder, name) for name in names if name.startswith(SIB)]
    if len(sets) < _LEAST_SETS:
        raise click.ClickException(
            "one model of several languages needs two sets of SIB-200. Fix: leave out --sets, or write --sets sib"
        )
    report = Report(
        f"One model a language, and one model of {len(sets)} languages: micro-F1 in percent, mean of {n_folds} folds "
        "by story",
        ["set", "articles of the language", "settings", "alone", "with the others", "difference"],
        n_text_columns=1,
    )
    for variant, settings in _variants().items():
        _add_all(report, sets, variant, settings, n_folds)
        _add_few(report, sets, variant, replace(settings, min_support=_MIN_SUPPORT))
    return report


def _variants() -> dict[str, "TrainingSettings"]:
    """Return the settings to measure, by name: without subwords, and with subwords in every script."""
    return {f"subwords {given}": one_tag(subwords=given) for given in ("off", "on")}


def _add_all(
    report: Report, sets: Sequence[LanguageSet], variant: str, settings: "TrainingSettings", n_folds: int
) -> None:
    """Add a row for each language with all of its sentences, and their mean."""
    alone: dict[str, list[F1]] = {found.name: [] for found in sets}
    together: dict[str, list[F1]] = {found.name: [] for found in sets}
    labels = labels_of(sets)
    for fold in range(n_folds):
        click.echo(f"{variant}: all sentences, fold {fold + 1} of {n_folds} ...", err=True)
        parts = [Labelled(found.language, found.splits[fold].train) for found in sets]
        tests = [found.splits[fold].test for found in sets]
        for found, part, test in zip(sets, parts, tests, strict=True):
            alone[found.name].append(_f1(scored_by_product([part], [test], labels, settings)[0], test, labels))
        for found, test, given in zip(sets, tests, scored_by_product(parts, tests, labels, settings), strict=True):
            together[found.name].append(_f1(given, test, labels))
    pairs = {name: (F1.mean(alone[name]), F1.mean(together[name])) for name in alone}
    for name, (one, all_) in pairs.items():
        report.rows.append((name, "all", variant, one.micro, all_.micro, all_.micro - one.micro))
    one, all_ = (F1.mean(scores) for scores in zip(*pairs.values(), strict=True))
    report.rows.append(("mean", "all", variant, one.micro, all_.micro, all_.micro - one.micro))
    if variant in PROTOTYPE:
        wanted = PROTOTYPE[variant]
        holds = all(got.micro >= it - MOST_BELOW for got, it in zip((one, all_), wanted, strict=True))
        report.notes.append(
            f"{variant}: mean {one.micro:.1f} alone, {all_.micro:.1f} together; a prototype reached {wanted[0]} and "
            f"{wanted[1]}. At most {MOST_BELOW} below both: {'yes' if holds else 'no'}."
        )


def _add_few(report: Report, sets: Sequence[LanguageSet], variant: str, settings: "TrainingSettings") -> None:
    """Add a row for each of some languages with few sentences: alone, and with all sentences of the others."""
    labels = labels_of(sets)
    for found in sets:
        if found.name not in FEW_SETS:
            continue
        click.echo(f"{variant}: {FEW} sentences of {found.name} ...", err=True)
        split = found.splits[0]
        few = Labelled(found.language, few_of(split.train))
        others = [Labelled(other.language, other.splits[0].train) for other in sets if other is not found]
        one, all_ = (
            _f1(scored_by_product(parts, [split.test], labels, settings)[0], split.test, labels).micro
            for parts in ([few], [few, *others])
        )
        report.rows.append((found.name, str(FEW), variant, one, all_, all_ - one))


def few_of(examples: Sequence[Example]) -> list[Example]:
    """Return the sixty examples with the lowest numbers of a story: the same sentences in every language."""
    return sorted(examples, key=lambda example: int(example.story or 0))[:FEW]


def labels_of(sets: Sequence[LanguageSet]) -> list[str]:
    """Return the labels of all sets, in order."""
    return sorted({label for found in sets for label in found.labels})


def _f1(given: Sequence[str], test: Sequence[Example], labels: Sequence[str]) -> F1:
    return F1.of(given, [example.label for example in test], labels)
