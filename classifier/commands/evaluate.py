"""``copydesk evaluate``."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from classifier.commands.console import progress, say, say_skipped
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
    from classifier.training.measuring.assessment import Assessment, TagQuality
    from classifier.training.measuring.version_evaluation import VersionEvaluation

_HEADS = ("section", "support", "precision", "recall", "F1 (95 %)", "AP", "Brier", "ECE", "applied", "applied right")
_F1_COLUMN = _HEADS.index("F1 (95 %)")


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
    stored in the model. If the model was trained on some of the articles, or on near copies of them, the figures
    without these are shown next to the others, which are too good.

    The columns: support is the number of articles with the section; precision, the share of the suggestions that are
    right; recall, the share of the labels that are suggested; F1, both combined, with its 95 % interval; F1 of new
    articles, F1 without the articles that the model has seen, if there are any; AP, average precision, how well the
    probabilities rank the articles; Brier and ECE, how far the probabilities are off (0 is perfect); applied, the share
    that needs no editor; applied right, the precision of those.

    Labels of sections that the model was not trained on count as missed. The mean of sections (macro) is over the
    sections that occur as a label or as a suggestion. A second table has the figures of texts of fewer than 30
    words, 30 to 59, 60 to 119, and 120 words and more, each article as it stands. A model of several languages gets a
    table by language as well.
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
        click.echo(json.dumps(evaluation.to_json(), ensure_ascii=False, indent=1, allow_nan=False))
    else:
        _print_evaluation(evaluation)
    say_skipped(len(evaluation.corpus.rejects), rejects)
    if evaluation.warning:
        say(f"warning: {evaluation.warning}")
    if evaluation.words_on_ids:
        say(evaluation.words_on_ids)


def _print_evaluation(evaluation: "VersionEvaluation") -> None:
    from classifier.commands.language_table import print_languages
    from classifier.commands.length_table import print_lengths
    from classifier.commands.tables import NOTHING, print_table, score_cells
    from classifier.training.measuring.earlier.seen import percent

    found = evaluation.assessment
    items = [*zip(evaluation.section_ids, found.sections, strict=True), ("all tags (micro)", found.micro)]
    rows = [_row(name if m.trained else f"{name} (not trained)", m) for name, m in items]
    heads = [*_HEADS]
    others = evaluation.without_seen
    if others:
        heads.insert(_F1_COLUMN + 1, "F1 of new articles")
        rows = [
            (*row[: _F1_COLUMN + 1], score_cells(m.suggested)[2], *row[_F1_COLUMN + 1 :])
            for row, m in zip(rows, (*others.sections, others.micro), strict=True)
        ]
    print_table(heads, rows)
    click.echo(_means(found))
    if found.without_section.n_stories:
        click.echo(f"{found.without_section.words} would get a tag applied")
    if others:
        micro = score_cells(others.micro.suggested)[2]
        right = f"{others.micro.applied.precision:.3f}" if others.micro.applied.predicted else NOTHING
        click.echo(
            f"Without the {number_of(evaluation.trained_on or 0, 'article')} that the model has seen "
            f"({number_of(others.n_articles, 'new article')}): micro-F1 "
            f"{others.micro.intervals.f1 if micro != NOTHING else NOTHING}, {_means(others)}, applied right {right}"
        )
    if untrained := found.words_on_untrained(evaluation.section_ids):
        click.echo(untrained)
    print_lengths(evaluation.by_length)
    print_languages(found.languages)
    if others:
        click.echo("New articles alone:")
        print_lengths(evaluation.new_by_length)
        print_languages(others.languages)
    for year in found.years:
        f1 = str(year.f1) if year.micro.occurs else NOTHING
        click.echo(f"{year.year}: {number_of(year.n_articles, 'article')}, micro-F1 {f1}")
    used = "none was used in training"
    if evaluation.seen is None:
        used = "some may have been used in training"
    elif evaluation.seen.n:
        used = f"{evaluation.seen.n:,} ({percent(evaluation.seen.share)}) were used in training, copies included"
    click.echo(
        f"Model {evaluation.version}, {number_of(found.n_articles, 'article')} in "
        f"{number_of(found.n_stories, 'story', 'stories')} (near-duplicates grouped): {used}"
    )


def _means(found: "Assessment") -> str:
    """Return the means of sections and articles, and the figures of articles without tags."""
    from classifier.commands.tables import NOTHING

    none = found.none
    macro_f1 = str(found.macro_f1) if found.micro.suggested.occurs else NOTHING
    none_f1 = str(found.none_intervals.f1) if none.support else NOTHING
    return (
        f"macro-F1 {macro_f1}, mean F1 of articles {found.article_f1}, “no tags” F1 {none_f1} "
        f"({number_of(none.support, 'article')} without a label, {none.predicted:,} without a tag)"
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
