"""Train a model on labelled articles and make it the live one."""

import re
from pathlib import Path

import click

from classifier.commands.console import Stopwatch, progress, run_command, say
from classifier.settings import Settings

_PATH = click.Path(path_type=Path)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")


def _language(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    if value is not None and not _LANGUAGE.fullmatch(value):
        raise click.BadParameter("must be a BCP 47 code such as de or pt-BR", context, option)
    return value


@click.command(help=__doc__, context_settings={"show_default": True})
@click.option(
    "--data",
    type=_PATH,
    multiple=True,
    default=[Path("training_data/articles")],
    help="File, folder or quoted glob of labelled articles; may be given several times.",
)
@click.option(
    "--feedback",
    help="Also learn from editors' feedback in this database (a path, or postgresql://...) that came with texts.",
)
@click.option("--decisions", hidden=True)
@click.option("--sections", type=_PATH, default=Path("training_data/sections.toml"), help="The vocabulary.")
@click.option(
    "--language",
    metavar="CODE",
    callback=_language,
    help="Language of articles that do not say theirs.  [default: what most of them seem to be in]",
)
@click.option("--models", type=_PATH, help="Folder of the trained models.  [default: models]")
@click.option("--jobs", type=click.IntRange(min=1), help="Threads to train with.  [default: one for each core]")
@click.option("--seed", type=click.IntRange(min=0, max=2**32 - 1), default=0, help="Decides what is left to chance.")
@click.option("--margin", type=float, help="How far below the live model's micro-F1 a new one may be.  [default: 0.01]")
@click.option("--force", is_flag=True, help="Make the model live although the gate refuses it; the history says so.")
@click.option("--search", is_flag=True, help="Choose the settings of the fit on out-of-fold scores first.")
@click.option("--trials", type=click.IntRange(min=2), default=24, help="How many settings --search may try.")
@click.option(
    "--scheduler",
    help="Where --search tries settings: a backend of joblib, or a Dask scheduler's address, tcp://HOST:PORT. "
    "All else runs here.",
)
@click.option("--min-tags", type=click.IntRange(min=0), default=0, help="Give each article at least so many tags.")
@click.option("--max-tags", type=click.IntRange(min=1), help="Give each article at most so many tags.  [default: all]")
@click.option(
    "--min-support", type=click.IntRange(min=1), default=5, help="Stories that a section needs to be learned."
)
@click.option("--curve", is_flag=True, help="Put a learning curve into the report: takes four times as long.")
@click.option("--no-promote", is_flag=True, help="Write the model, but leave the live one as it is.")
@click.option("--ignore-unknown", is_flag=True, help="Drop labels that are no section, but keep their rows.")
@click.option("--machine-labels", is_flag=True, help="Also learn from articles that Copydesk alone labelled.")
@click.option("--skip-bad", is_flag=True, help="Train on the good rows and write the bad ones, whole, to --rejects.")
@click.option("--rejects", type=_PATH, default=Path("rejects.jsonl"), help="Where --skip-bad writes bad rows.")
@click.option("--ignore-checks", is_flag=True, help="Train although the checks found an error, such as a leak.")
def main(
    data: tuple[Path, ...],
    feedback: str | None,
    decisions: str | None,
    sections: Path,
    language: str | None,
    models: Path | None,
    jobs: int | None,
    seed: int,
    margin: float | None,
    force: bool,
    search: bool,
    trials: int,
    scheduler: str | None,
    min_tags: int,
    max_tags: int | None,
    min_support: int,
    curve: bool,
    no_promote: bool,
    ignore_unknown: bool,
    machine_labels: bool,
    skip_bad: bool,
    rejects: Path,
    ignore_checks: bool,
) -> None:
    """Read the options, run, report."""
    # the heavy imports come after the options are read, so that --help and a typing mistake answer at once
    from classifier.commands.summary import print_search, print_summary
    from classifier.corpus.readers import Reading
    from classifier.errors import NotPromotedError
    from classifier.training.publishing.run import RunOptions, run
    from classifier.training.training_settings import TrainingSettings

    clock = Stopwatch()
    in_force = Settings.load({"models": models, "margin": margin})
    folder = in_force.models
    if max_tags is not None and max_tags < min_tags:
        raise click.UsageError(f"--max-tags {max_tags} is below --min-tags {min_tags}")
    if scheduler is not None and not search:
        raise click.UsageError("--scheduler says where --search tries settings; add --search, or leave it out")
    settings = TrainingSettings(seed=seed, min_support=min_support, min_tags=min_tags, max_tags=max_tags)
    reading = Reading(ignore_unknown, machine_labels)
    options = RunOptions(
        data=data,
        sections=sections,
        models=folder,
        settings=settings,
        jobs=jobs or -1,
        rejects=rejects if skip_bad else None,
        reading=reading,
        ignore_checks=ignore_checks,
        margin=in_force.margin,
        curve=curve,
        trials=trials if search else 0,
        scheduler=scheduler,
        # the setting says where the service stores feedback; whether to learn from it is asked for each time
        feedback=Settings.load({"feedback": feedback, "decisions": decisions}).feedback
        if feedback or decisions
        else None,
        language=language,
        no_promote=no_promote,
        force=force,
    )
    with progress() as watched:
        outcome = run(options, watched)
    if outcome.search:
        print_search(outcome.search)
    print_summary(outcome)
    if outcome.corpus.rejects:
        say(f"{len(outcome.corpus.rejects):,} bad rows were set aside in {rejects}")
    for note in outcome.corpus.notes():
        say(note)
    if outcome.language.guess:
        say(outcome.language.guess)
    if outcome.no_curve:
        say(f"the report has no learning curve: {outcome.no_curve}")
    for finding in outcome.findings:
        if finding.severity != "note":
            say(f"{finding.severity}: {finding.message}")
    promotion, written = outcome.promotion, folder / outcome.version
    if promotion.refused:
        raise NotPromotedError(
            f"{promotion.reason}. Read {written / 'report.html'}; to make it live anyway: "
            f"python -m classifier models promote {outcome.version}, or train with --force"
        )
    if promotion.promoted:
        say(promotion.reason)
        say(f"live now: {written} ({clock.seconds():.1f} s)")
    else:
        say(f"written, not promoted: {written} ({clock.seconds():.1f} s)")


if __name__ == "__main__":
    run_command(main)
