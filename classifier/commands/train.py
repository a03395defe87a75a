"""``copydesk train``."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from classifier.commands.console import Stopwatch, progress, say, say_skipped
from classifier.commands.extras import require_training
from classifier.commands.options import (
    PATH,
    bad_rows_options,
    decisions_option,
    jobs_option,
    models_folder,
    models_option,
    sections_option,
    seed_option,
    set_option,
    setting,
    setting_option,
)
from classifier.commands.reading import asked_reading, reading_options
from classifier.corpus.findings import CHECK_NAMES
from classifier.errors import number_of
from classifier.language_codes import language_code, read_languages
from classifier.settings import BY_NAME

if TYPE_CHECKING:
    from classifier.training.publishing.run import Outcome, RunOptions
    from classifier.training.training_settings import LatentChoice, LengthsChoice, SubwordsChoice

_DEFAULT_DATA = Path("training_data/articles")


def _language(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    try:
        return language_code(value or "")
    except ValueError:
        raise click.BadParameter("must be a language code (BCP 47) such as de or pt-BR", context, option) from None


@click.command(context_settings={"show_default": True})
@click.option(
    "--data",
    type=PATH,
    multiple=True,
    help="File, folder or quoted glob of labelled articles; may be given several times.  [default: "
    "training_data/articles; with --feedback, the feedback alone]",
)
@click.option(
    "--feedback",
    help="Also learn from the editors' feedback in this database: a path, or postgresql://... Only feedback that is "
    "stored with its text is used.  [default: no feedback]",
)
@decisions_option
@click.option(
    "--verdicts",
    type=PATH,
    multiple=True,
    help="suspects.csv of “copydesk check” with your verdicts: they replace the labels of these articles. May be given "
    "several times. Verdicts of the desk are in the database of --feedback.  [default: none]",
)
@click.option(
    "--archive",
    type=PATH,
    multiple=True,
    help="File, folder or quoted glob of articles whose labels are not read; may be given several times. With few "
    "labelled stories, training learns from them which words go together, if that helps.  [default: no archive]",
)
@click.option(
    "--latent",
    type=click.Choice(["auto", "off", "on"]),
    default="auto",
    show_default=True,
    help="Whether to learn from --archive. auto: only if there are fewer than 400 labelled stories, and articles that "
    "the model was not trained on show that it helps.",
)
@sections_option
@click.option(
    "--language",
    metavar="CODE",
    callback=_language,
    help="Language of the articles that have no language field.  [default: the language that most of them seem to "
    "be in]",
)
@click.option("--languages", metavar="LIST", help=f"{BY_NAME['languages'].help}  [default: one language]")
@models_option
@set_option
@jobs_option
@seed_option
@setting_option("margin", float)
@click.option(
    "--drop-sections",
    is_flag=True,
    help="Make the model live even if it cannot give every section that the live one gives.",
)
@click.option(
    "--force", is_flag=True, help="Make the model live even if it is worse than the live one; the history records that."
)
@click.option(
    "--search",
    is_flag=True,
    help="First try several settings of the fit, and use those with the best score on articles that the model was not "
    "trained on (out-of-fold).",
)
@click.option(
    "--trials",
    type=click.IntRange(min=2),
    default=24,
    show_default=True,
    help="How many settings --search tries at most.",
)
@click.option(
    "--scheduler",
    help="Run the trials of --search on this: a joblib backend, or a Dask scheduler at tcp://HOST:PORT. Everything "
    "else runs on this machine.  [default: processes of this machine]",
)
@click.option(
    "--subwords",
    type=click.Choice(["off", "non-latin", "on"]),
    default="non-latin",
    show_default=True,
    help="Which words are also learned by their parts of 2 to 4 letters: none (off), those in other scripts than Latin "
    "(Hindi, Arabic, Russian, ...), or all (on). Parts help in languages with many endings, and if there are few "
    "articles; --search tries all three.",
)
@click.option(
    "--lengths",
    type=click.Choice(["on", "off"]),
    default="on",
    show_default=True,
    help="Whether short texts, such as a headline alone, get probabilities and thresholds of their own. off: every "
    "text gets those of whole articles.",
)
@click.option(
    "--min-tags",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Minimum number of tags per article.",
)
@click.option(
    "--max-tags", type=click.IntRange(min=1), help="Maximum number of tags per article.  [default: no maximum]"
)
@setting_option("target_precision", float)
@click.option(
    "--review-only",
    is_flag=True,
    help="Never apply a tag without an editor: every tag of the model is a suggestion.  [default: a section's tags are "
    "applied from the probability at which enough of them are right]",
)
@click.option(
    "--min-support",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    help="Do not train sections with fewer stories than this; near-duplicate articles count as one story.",
)
@click.option(
    "--curve",
    is_flag=True,
    help="Add a learning curve (quality by number of articles) to the report; training takes four times as long.",
)
@click.option(
    "--doctor",
    is_flag=True,
    help="Add to the report which sections to merge, split, add or retire, and which need more stories, as “copydesk "
    "doctor” does; training takes four times as long.",
)
@click.option("--no-promote", is_flag=True, help="Write the model, but do not make it live.")
@click.option("--machine-labels", is_flag=True, help="Also learn from articles that only Copydesk has labelled.")
@bad_rows_options
@click.option(
    "--ignore-check",
    "ignored_checks",
    metavar="NAME",
    type=click.Choice(CHECK_NAMES),
    multiple=True,
    help="Train even if the check of this name finds an error; “copydesk check” prints the names in brackets. May be "
    "given several times.",
)
@click.option(
    "--ignore-checks",
    is_flag=True,
    help="Train even if the checks find an error, such as text that gives the label away.",
)
@click.option(
    "--ignore-memory",
    is_flag=True,
    help="Train even if there seems to be too little memory, or too little disk for temporary files.",
)
@reading_options
def train(**given: Any) -> None:
    """Train a model on labelled articles and make it live if it is not worse.

    Writes the model and a report (report.html) to a new folder in --models, and prints how good the model is on
    articles that it has not seen. Exit code 1: the model was written but not made live, because it failed the
    comparison with the live model; or the checks found an error in the articles.
    """
    require_training()
    # the heavy imports come after the options are read, so that --help and a typing mistake answer at once
    from classifier.errors import NotPromotedError
    from classifier.training.publishing.run import run

    clock = Stopwatch()
    asked = _asked(**given)
    with progress() as watched:
        outcome = run(asked, watched)
    _print(outcome, asked)
    written = asked.models / outcome.version
    if outcome.promotion.refused:
        usual = "to make it live anyway, run “copydesk models promote {version}”, or train with --force"
        fix = (outcome.promotion.fix or usual).format(version=outcome.version)
        raise NotPromotedError(f"{outcome.promotion.reason}. Fix: read {written / 'report.html'}; {fix}")
    if outcome.promotion.promoted:
        say(outcome.promotion.reason)
    say(
        f"{'live now' if outcome.promotion.promoted else 'written, not made live'}: {written} ({clock.seconds():.1f} s)"
    )
    say(f"report: {written / 'report.html'}")


def _asked(
    *,
    data: tuple[Path, ...],
    feedback: str | None,
    decisions: str | None,
    verdicts: tuple[Path, ...],
    sections: Path,
    language: str | None,
    languages: str | None,
    models: Path | None,
    set_name: str | None,
    jobs: int | None,
    seed: int,
    margin: float | None,
    search: bool,
    trials: int,
    scheduler: str | None,
    archive: tuple[Path, ...],
    latent: "LatentChoice",
    subwords: "SubwordsChoice",
    lengths: "LengthsChoice",
    min_tags: int,
    max_tags: int | None,
    min_support: int,
    target_precision: float | None,
    review_only: bool,
    curve: bool,
    doctor: bool,
    ignore_unknown: bool,
    machine_labels: bool,
    skip_bad: bool,
    rejects: Path,
    ignored_checks: tuple[str, ...],
    ignore_checks: bool,
    ignore_memory: bool,
    drop_sections: bool,
    no_promote: bool,
    force: bool,
) -> "RunOptions":
    """Return the run that the options ask for."""
    from classifier.corpus.readers import Reading
    from classifier.store.registry import Registry
    from classifier.training.publishing.run import RunOptions
    from classifier.training.training_settings import TrainingSettings

    if max_tags is not None and max_tags < min_tags:
        raise click.UsageError(
            f"--max-tags {max_tags} is below --min-tags {min_tags}. Fix: raise --max-tags, or lower --min-tags"
        )
    if scheduler is not None and not search:
        raise click.UsageError("--scheduler works only with --search. Fix: add --search, or leave out --scheduler")
    if latent == "on" and not archive:
        raise click.UsageError("--latent on needs articles to learn from. Fix: name their files with --archive")
    # --language alone asks for one language, whatever the settings file says
    several = () if language and languages is None else read_languages(setting("languages", languages))
    folder = models_folder(models, set_name, new=True)
    return RunOptions(
        # the default is the starter corpus, which is not to be mixed with what editors did
        data=data or (() if feedback or decisions else (_DEFAULT_DATA,)),
        sections=sections,
        models=folder,
        settings=TrainingSettings(
            seed=seed,
            min_support=min_support,
            subwords=subwords,
            lengths=lengths,
            latent=latent,
            target_precision=setting("target_precision", target_precision),
            review_only=review_only,
            min_tags=min_tags,
            max_tags=max_tags,
        ),
        jobs=jobs or -1,
        rejects=rejects if skip_bad else None,
        reading=Reading(
            ignore_unknown,
            machine_labels,
            **asked_reading(split="train"),
            language=None if several else language,
            # the database may hold the feedback on several sets
            feedback_models=Registry(folder).versions_ever() if set_name else None,
        ),
        ignore_checks=ignore_checks,
        ignored_checks=ignored_checks,
        ignore_memory=ignore_memory,
        drop_sections=drop_sections,
        margin=setting("margin", margin),
        curve=curve,
        doctor=doctor,
        trials=trials if search else 0,
        scheduler=scheduler,
        # the setting is where the service keeps feedback; whether to learn from it is asked for each time
        feedback=setting("feedback", feedback, decisions=decisions) if feedback or decisions else None,
        verdicts=verdicts,
        archive=archive,
        language=language,
        languages=several,
        no_promote=no_promote,
        force=force,
        newsroom=setting("newsroom"),
    )


def _print(outcome: "Outcome", asked: "RunOptions") -> None:
    from classifier.commands.summary import print_search, print_summary

    if outcome.search:
        print_search(outcome.search)
    print_summary(outcome)
    say_skipped(len(outcome.corpus.rejects), asked.rejects)
    for note in outcome.languages.notes:
        say(note)
    if outcome.diagnosis:
        say(f"the vocabulary: {number_of(len(outcome.diagnosis.proposals), 'proposal')}, which report.html lists")
    if outcome.no_curve:
        say(f"the report has no learning curve: {outcome.no_curve}")
    for finding in outcome.findings:
        if finding.severity != "note":
            say(f"{finding.severity}: {finding.message}")
