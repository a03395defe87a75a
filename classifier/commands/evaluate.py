"""``copydesk evaluate``."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from classifier.commands.console import progress, say
from classifier.commands.extras import require_training
from classifier.commands.options import (
    PATH,
    bad_rows_options,
    json_option,
    models_folder,
    models_option,
    set_option,
    version_option,
)
from classifier.commands.reading import asked_reading, reading_options
from classifier.errors import number_of

if TYPE_CHECKING:
    from classifier.training.measuring.assessment import TagQuality
    from classifier.training.measuring.version_evaluation import VersionEvaluation


@click.command()
@click.argument("data", nargs=-1, type=PATH, required=True)
@models_option
@set_option
@version_option
@json_option
@bad_rows_options
@reading_options
def evaluate(
    data: tuple[Path, ...],
    models: Path | None,
    set_name: str | None,
    model_version: str | None,
    as_json: bool,
    ignore_unknown: bool,
    skip_bad: bool,
    rejects: Path,
) -> None:
    """Measure a model on labelled articles that it has not seen.

    DATA: files, folders or quoted globs of labelled articles. Their labels are matched with the vocabulary that is
    stored in the model. A warning is shown if the model was trained on some of the articles, because the figures are
    then too good.

    The columns: support is the number of articles with the section; precision, the share of the suggestions that are
    right; recall, the share of the labels that are suggested; F1, both combined, with its 95 % interval; AP, average
    precision, how well the probabilities rank the articles; Brier and ECE, how far the probabilities are off (0 is
    perfect); applied, the share that needs no editor; applied right, the precision of those.

    Labels of sections that the model was not trained on count as missed. The mean of sections (macro) is over the
    sections that occur as a label or as a suggestion. A model of several languages gets a table by language as well.
    """
    require_training()
    from classifier.corpus.readers import Reading
    from classifier.store.registry import Registry
    from classifier.training.measuring.version_evaluation import evaluate_version

    folder = Registry(models_folder(models, set_name, model_version)).folder(model_version)
    with progress() as watched:
        evaluation = evaluate_version(
            folder, data, watched, Reading(ignore_unknown, **asked_reading(split="test")), rejects if skip_bad else None
        )
    if as_json:
        click.echo(json.dumps(evaluation.to_json(), ensure_ascii=False, indent=1))
    else:
        _print_evaluation(evaluation)
    if evaluation.corpus.rejects:
        say(f"{len(evaluation.corpus.rejects):,} bad rows were skipped and written to {rejects}")
    if evaluation.warning:
        say(f"warning: {evaluation.warning}")


def _print_evaluation(evaluation: "VersionEvaluation") -> None:
    from classifier.commands.language_table import print_languages
    from classifier.commands.tables import NOTHING, print_table

    found = evaluation.assessment
    items = [*zip(evaluation.section_ids, found.sections, strict=True), ("all tags (micro)", found.micro)]
    rows = [_row(name if m.trained else f"{name} (not trained)", m) for name, m in items]
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
    none = found.none
    none_f1 = str(found.none_intervals.f1) if none.support else NOTHING
    click.echo(
        f"macro-F1 {found.macro_f1}, mean F1 of articles {found.article_f1}, “no tags” F1 {none_f1} "
        f"({number_of(none.support, 'article')} without a label, {none.predicted:,} without a tag)"
    )
    if none.support:
        click.echo(f"{found.without_section.words} would get a tag applied")
    if untrained := found.words_on_untrained(evaluation.section_ids):
        click.echo(untrained)
    print_languages(found.languages)
    for year in found.years:
        click.echo(f"{year.year}: {number_of(year.n_articles, 'article')}, micro-F1 {year.f1}")
    used = "none was used in training" if evaluation.out_of_sample else "some may have been used in training"
    click.echo(
        f"Model {evaluation.version}, {number_of(found.n_articles, 'article')} in "
        f"{number_of(found.n_stories, 'story', 'stories')} (near-duplicates grouped): {used}"
    )


def _row(name: str, m: "TagQuality") -> tuple[str, ...]:
    from classifier.commands.tables import NOTHING, score_cells

    precision, recall, f1 = score_cells(m.suggested)
    return (
        name,
        f"{m.suggested.support:,}",
        precision,
        recall,
        f1 if f1 == NOTHING else str(m.intervals.f1),
        *(
            NOTHING if value is None else f"{value:.3f}"
            for value in (m.average_precision, m.brier, m.calibration_error)
        ),
        f"{m.applied_share:.0%}" if m.suggested.predicted else NOTHING,
        f"{m.applied.precision:.3f}" if m.applied.predicted else NOTHING,
    )
