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

    DATA: files, folders or quoted globs of labelled articles. Their labels are matched with the vocabulary that is
    stored in the model. A warning is shown if the model was trained on some of the articles, because the figures are
    then too good.

    The columns: support is the number of articles with the section; precision, the share of the suggestions that are
    right; recall, the share of the labels that are suggested; F1, both combined, with its 95 % interval; AP, average
    precision, how well the probabilities rank the articles; Brier and ECE, how far the probabilities are off (0 is
    perfect); applied, the share that needs no editor; applied right, the precision of those.
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
    used = "none was used in training" if evaluation.out_of_sample else "some may have been used in training"
    click.echo(
        f"Model {evaluation.version}, {found.n_articles:,} articles in {found.n_stories:,} stories (near-duplicates "
        f"grouped): {used}"
    )


def _with_bounds(interval: "Interval") -> str:
    return str(interval)


def _three(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
