"""``copydesk curve``."""

import json
from pathlib import Path

import click

from classifier.commands.console import progress, say_skipped
from classifier.commands.extras import require_training
from classifier.commands.options import (
    bad_rows_options,
    data_argument,
    jobs_option,
    json_option,
    sections_option,
    seed_option,
)
from classifier.commands.reading import asked_reading, reading_options


@click.command()
@data_argument
@sections_option
@jobs_option
@seed_option
@json_option
@bad_rows_options
@reading_options
def curve(
    data: tuple[Path, ...],
    sections: Path,
    jobs: int | None,
    seed: int,
    as_json: bool,
    ignore_unknown: bool,
    skip_bad: bool,
    rejects: Path,
) -> None:
    """Show whether more training articles would improve the model.

    Trains on growing shares of the articles and measures each model, which takes about four times as long as training.
    No model is written. micro-F1 is the quality over all tags, macro-F1 the mean of the sections; 1 is perfect.

    DATA: files, folders or quoted globs of labelled articles.  [default: training_data/articles]
    """
    require_training()
    from classifier.commands.tables import print_table
    from classifier.corpus.intake import RefusalAdvice, read_or_refuse
    from classifier.corpus.readers import Reading
    from classifier.sections import Sections
    from classifier.training.measuring.curve import learning_curve
    from classifier.training.task import make_task
    from classifier.training.training_settings import TrainingSettings

    settings = TrainingSettings(seed=seed)
    vocabulary = Sections.load(sections)
    with progress() as watched:
        corpus = read_or_refuse(
            data,
            vocabulary,
            rejects if skip_bad else None,
            Reading(ignore_unknown, **asked_reading(split="train")),
            watched,
            advice=RefusalAdvice(skip_bad=True, ignore_unknown=True),
        )
        found = learning_curve(make_task(corpus.articles, vocabulary, settings, watched), settings, jobs or -1, watched)
    say_skipped(len(corpus.rejects), rejects)
    if as_json:
        whole = found.to_json() | {"left_out_files": corpus.left_out_files}
        click.echo(json.dumps(whole, ensure_ascii=False, indent=1, allow_nan=False))
        return
    rows = [(f"{p.share:.0%}", f"{p.n_articles:,}", str(p.micro_f1), str(p.macro_f1)) for p in found.points]
    print_table(("of stories", "articles", "micro-F1 (95 %)", "macro-F1 (95 %)"), rows)
    if found.note:
        click.echo(found.note)
    click.echo(found.verdict)
