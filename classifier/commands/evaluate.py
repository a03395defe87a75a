"""``copydesk evaluate``."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from classifier.commands.console import progress, say
from classifier.commands.extras import require_training
from classifier.commands.options import PATH, json_option, models_option, setting, version_option

if TYPE_CHECKING:
    from classifier.training.measuring.bootstrap import Interval
    from classifier.training.measuring.version_evaluation import VersionEvaluation


@click.command()
@click.argument("data", nargs=-1, type=PATH, required=True)
@models_option
@version_option
@json_option
def evaluate(data: tuple[Path, ...], models: Path | None, model_version: str | None, as_json: bool) -> None:
    """Measure a model on labelled articles that it has not seen.

    Labels are matched by the model's own vocabulary. A warning is shown if the model was
    trained on some of the articles, because the figures are then too good.
    """
    require_training()
    from classifier.store.registry import Registry
    from classifier.training.measuring.version_evaluation import evaluate_version

    folder = Registry(setting("models", models)).folder(model_version)
    with progress() as watched:
        evaluation = evaluate_version(folder, data, watched)
    if as_json:
        click.echo(json.dumps(evaluation.to_json(), ensure_ascii=False, indent=1))
    else:
        _print_evaluation(evaluation)
    if evaluation.warning:
        say(f"warning: {evaluation.warning}")


def _print_evaluation(evaluation: "VersionEvaluation") -> None:
    from classifier.commands.tables import print_table

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
        "applied right",
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
