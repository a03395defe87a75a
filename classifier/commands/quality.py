"""The commands that say how good a model is: ``evaluate`` and ``compare``."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from classifier.commands.console import print_table, progress, say
from classifier.settings import Settings

if TYPE_CHECKING:
    from classifier.training.measuring.bootstrap import Interval
    from classifier.training.measuring.comparison import Difference
    from classifier.training.measuring.version_comparison import VersionComparison
    from classifier.training.measuring.version_evaluation import VersionEvaluation

_PATH = click.Path(path_type=Path)
_MAX_TERMS = 5


@click.command()
@click.argument("data", nargs=-1, type=_PATH, required=True)
@click.option("--models", type=_PATH, help="Folder of the trained models.  [default: models]")
@click.option("--version", "model_version", help="Model version.  [default: the live one]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def evaluate(data: tuple[Path, ...], models: Path | None, model_version: str | None, as_json: bool) -> None:
    """Say how good a model is on labelled articles that it has not seen.

    Labels are matched by the model's own vocabulary. Where the model was trained on some of the articles, a warning
    says so: the figures are too good then.
    """
    from classifier.store.registry import Registry
    from classifier.training.measuring.version_evaluation import evaluate_version

    folder = Registry(Settings.load({"models": models}).models).folder(model_version)
    with progress() as watched:
        evaluation = evaluate_version(folder, data, watched)
    if as_json:
        click.echo(json.dumps(evaluation.to_json(), ensure_ascii=False, indent=1))
    else:
        _print_evaluation(evaluation)
    if evaluation.warning:
        say(f"warning: {evaluation.warning}")


def _print_evaluation(evaluation: "VersionEvaluation") -> None:
    found = evaluation.assessment
    items = [*zip(evaluation.section_ids, found.sections, strict=True), ("all tags (micro)", found.micro)]
    rows = [
        (
            name,
            f"{m.suggested.support:,}",
            f"{m.suggested.precision:.3f}",
            f"{m.suggested.recall:.3f}",
            _with_bounds(m.intervals.f1),
            _three(m.average_precision),
            f"{m.brier:.3f}",
            _three(m.calibration_error),
            f"{m.applied_share:.0%}",
            f"{m.applied.precision:.3f}" if m.applied.predicted else "-",
        )
        for name, m in items
    ]
    heads = (
        "section",
        "support",
        "precision",
        "recall",
        "F1 (95 %)",
        "AP",
        "Brier",
        "ECE",
        "applied",
        "of those right",
    )
    print_table(heads, rows)
    click.echo(
        f"macro-F1 {_with_bounds(found.macro_f1)}, mean F1 of articles {_with_bounds(found.article_f1)}, "
        f"“no tags” F1 {_with_bounds(found.none_intervals.f1)}"
    )
    for year in found.years:
        click.echo(f"{year.year}: {year.n_articles:,} articles, micro-F1 {_with_bounds(year.f1)}")
    kind = "out-of-sample" if evaluation.out_of_sample else "NOT out-of-sample"
    click.echo(f"{found.n_articles:,} articles in {found.n_stories:,} stories, model {evaluation.version}: {kind}")


def _with_bounds(interval: "Interval") -> str:
    return str(interval)


def _three(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


@click.command()
@click.argument("first")
@click.argument("second")
@click.argument("data", nargs=-1, type=_PATH, required=True)
@click.option("--models", type=_PATH, help="Folder of the trained models.  [default: models]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def compare(first: str, second: str, data: tuple[Path, ...], models: Path | None, as_json: bool) -> None:
    """Say what model version SECOND does better and worse than FIRST on labelled articles.

    An article that a version was trained on is answered by its out-of-fold answer, which is kept with the version. An
    article that it has never seen is answered by the version itself. A near copy of a training article is left out.
    """
    from classifier.store.registry import Registry
    from classifier.training.measuring.version_comparison import compare_versions

    registry = Registry(Settings.load({"models": models}).models)
    with progress() as watched:
        versions = compare_versions(registry.folder(first), registry.folder(second), data, watched)
    if as_json:
        click.echo(json.dumps(versions.to_json(), ensure_ascii=False, indent=1))
    else:
        _print_comparison(versions)


def _print_comparison(versions: "VersionComparison") -> None:
    found = versions.comparison
    rows = [
        _difference("all tags (micro)", "", found.micro_f1),
        _difference("mean of sections (macro)", "", found.macro_f1),
        _difference("mean of articles", "", found.article_f1),
        *(_difference(name, f"{found.support[name]:,}", item) for name, item in found.sections.items()),
    ]
    print_table(("F1", "support", "first", "second", "difference", "95 % interval"), rows)
    click.echo(
        f"{found.n_articles:,} articles in {found.n_stories:,} stories, "
        f"{versions.n_left_out:,} left out as near copies; the second is closer to right on {len(found.won):,}, "
        f"further on {len(found.lost):,}"
    )
    for title, examples in versions.to_json()["examples"].items():
        for example in examples:
            click.echo(f"{title}: {example['place']} [{', '.join(example['sections']) or 'no section'}]")
            for change in example["changes"]:
                click.echo(f"  {_change(change)}")


def _difference(name: str, support: str, item: "Difference") -> tuple[str, ...]:
    low, high = item.difference.low, item.difference.high
    value = f"{item.difference.value:+.3f}"
    return (name, support, f"{item.first:.3f}", f"{item.second:.3f}", value, f"{low:+.3f} to {high:+.3f}")


def _change(change: dict[str, Any]) -> str:
    verdict = "rightly" if change["right"] else "wrongly"
    terms = ", ".join(f"{term} {share:+.2f}" for term, share in change["evidence"][:_MAX_TERMS])
    return f"{verdict} {change['change']} {change['section']}: {terms}"
