"""From text to tags: clean text, what content management systems send, other languages; and how long loading takes."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchmarks.report import Report, json_option

if TYPE_CHECKING:
    from benchmarks.speed_targets import Target

CORPUS = Path("training_data/articles")
SECTIONS = Path("training_data/sections.toml")
LANGUAGES = Path("training_data/languages")
TEXT, FORMS, OTHER_LANGUAGES = PARTS = ("text", "forms", "languages")


@dataclass(frozen=True)
class Size:
    """How large the model is, and how long it is measured."""

    articles: int
    texts: int
    features: int
    sections: int
    rounds: int
    seconds: float


@dataclass(frozen=True)
class Asked:
    """The parts to measure, another checkout to compare with, and articles in other languages, if there are any."""

    parts: frozenset[str]
    before: Path | None
    languages: Path | None


@click.command()
@click.option("--articles", default=4_000, show_default=True, help="Made articles that the model is fitted on.")
@click.option("--texts", default=500, show_default=True, help="Made articles that are tagged as a batch.")
@click.option("--features", default=100_000, show_default=True, help="Features of the model.")
@click.option("--sections", default=20, show_default=True, help="Sections of the model.")
@click.option("--rounds", default=15, show_default=True, help="Rounds in which the contenders take turns.")
@click.option("--seconds", default=0.2, show_default=True, help="Time of each contender in a round.")
@click.option(
    "--before",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Another checkout of Copydesk, which takes turns with this one on every form of article.",
)
@click.option(
    "--languages",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help=f"Articles in other languages, a file CODE.jsonl for each. Default: {LANGUAGES}, if it is there.",
)
@click.option("--only", type=click.Choice(PARTS), multiple=True, help="Measure only this part; can be repeated.")
@json_option
def speed(as_json: bool, before: Path | None, languages: Path | None, only: tuple[str, ...], **size: float) -> None:
    """Time one article, a batch, and loading: Copydesk next to scikit-learn's pipeline, fastText and others.

    Articles are clean ASCII text, and the forms that content management systems send: block HTML, classic HTML, wire
    text, a page, and text in other languages.
    """
    if languages is None and LANGUAGES.is_dir():
        languages = LANGUAGES
    asked = Asked(frozenset(only or PARTS), before, languages)
    report, ratios = measure(Size(**size), asked)  # type: ignore[arg-type]
    if as_json:
        click.echo(
            json.dumps(
                {**report.to_json(), "ratios": ratios.to_json()["rows"]}, ensure_ascii=False, indent=1, allow_nan=False
            )
        )
        return
    report.show(as_json=False)
    if ratios.rows:
        click.echo()
        ratios.show(as_json=False)


def measure(size: Size, asked: Asked) -> tuple[Report, Report]:
    """Make the model, see that all agree, and time them; return the times, and the ratios that are asked for."""
    from benchmarks.speed_targets import targets_report

    title = f"One article of about 3.3 kB, and a batch of {size.texts:,}; up to {size.features:,} features"
    report = Report(title, ["articles", "what", "µs an article", "times as long as Copydesk"], n_text_columns=2)
    targets = _add_english(report, size, asked) if asked.parts & {TEXT, FORMS} else []
    if OTHER_LANGUAGES in asked.parts and asked.languages:
        from benchmarks.speed_languages import measure_languages

        found = measure_languages(asked.languages, CORPUS, size.rounds, size.seconds)
        report.rows += found.rows()
        targets += found.targets()
    elif OTHER_LANGUAGES in asked.parts:
        report.notes.append(f"Other languages are not measured: there is no {LANGUAGES}. Fix: name --languages")
    return report, targets_report(targets)


def _add_english(report: Report, size: Size, asked: Asked) -> "list[Target]":
    """Add the rows of English articles, clean and in the forms that are sent; return the ratios that are asked for."""
    from benchmarks.peers import PEERS, available
    from benchmarks.speed_forms import TIMED, measure_forms
    from benchmarks.synthetic import synthesise

    synthetic = synthesise(CORPUS, SECTIONS, size.articles, size.texts, size.features, size.sections)
    peers, missing = available(synthetic, PEERS if TEXT in asked.parts else TIMED)
    report.notes += [
        f"{synthetic.n_features:,} features (terms and pairs), {len(synthetic.sections)} sections.",
        *missing,
    ]
    if TEXT in asked.parts:
        from benchmarks.speed_text import add_text_rows

        add_text_rows(report, synthetic, peers, size.rounds, size.seconds)
    if FORMS not in asked.parts:
        return []
    found = measure_forms(synthetic, peers, asked.before, size.rounds, size.seconds)
    report.rows += found.rows()
    report.notes += found.notes()
    return found.targets()
