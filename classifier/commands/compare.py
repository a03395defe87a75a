"""``copydesk compare``."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
)
from classifier.commands.reading import asked_reading, reading_options
from classifier.errors import number_of

if TYPE_CHECKING:
    from classifier.training.measuring.comparison import Difference
    from classifier.training.measuring.version_comparison import VersionComparison

_MAX_TERMS = 5


@click.command()
@click.argument("first")
@click.argument("second")
@click.argument("data", nargs=-1, type=PATH, required=True)
@models_option
@set_option
@json_option
@bad_rows_options
@reading_options
def compare(
    first: str,
    second: str,
    data: tuple[Path, ...],
    models: Path | None,
    set_name: str | None,
    as_json: bool,
    ignore_unknown: bool,
    skip_bad: bool,
    rejects: Path,
) -> None:
    """Compare two versions of a model on labelled articles.

    Shows in which articles and sections the version SECOND is better or worse than the version FIRST. “copydesk models”
    lists the versions. DATA: files, folders or quoted globs of labelled articles.

    If a version was trained on an article, its out-of-fold answer is used: the answer of a model trained without that
    article, which is stored with the version. Near-duplicates of training articles are left out.

    F1 combines precision (the share of the suggestions that are right) and recall (the share of the labels that are
    suggested); 1 is perfect. “support” is the number of articles with the section. Sections that only one of the
    versions knows are not compared; their labels are counted below the table. It also lists the sections that are new,
    gone or renamed, and those whose training articles have another section in SECOND.
    """
    require_training()
    from classifier.corpus.readers import Reading
    from classifier.store.registry import Registry
    from classifier.training.measuring.version_comparison import compare_versions

    registry = Registry(models_folder(models, set_name, first))
    with progress() as watched:
        versions = compare_versions(
            registry.folder(first),
            registry.folder(second),
            data,
            watched,
            Reading(ignore_unknown, **asked_reading(split="test")),
            rejects if skip_bad else None,
        )
    if as_json:
        click.echo(json.dumps(versions.to_json(), ensure_ascii=False, indent=1, allow_nan=False))
    else:
        _print_comparison(versions)
    say_skipped(len(versions.corpus.rejects), rejects)
    if versions.warning:
        say(f"warning: {versions.warning}")


def _print_comparison(versions: "VersionComparison") -> None:
    from classifier.commands.tables import print_table

    found = versions.comparison
    rows = [
        _difference("all tags (micro)", "", found.micro_f1),
        _difference("mean of sections (macro)", "", found.macro_f1),
        _difference("mean of articles", "", found.article_f1),
        *(_difference(name, f"{found.support[name]:,}", item) for name, item in found.sections.items()),
    ]
    print_table(("F1", "support", "first", "second", "difference", "95 % interval"), rows)
    click.echo(
        f"{number_of(found.n_articles, 'article')} in {number_of(found.n_stories, 'story', 'stories')} "
        f"(near-duplicates grouped), {versions.words_on_left_out}; "
        f"the second is better on {number_of(len(found.won), 'article')}, worse on {len(found.lost):,}"
    )
    change = versions.change
    left_out = f"; {number_of(versions.n_labels_left_out, 'label')} of other sections left out"
    click.echo(
        f"Compared on {change.scope}{left_out if versions.n_labels_left_out else ''}"
        + (f" ({change.words})" if change.words else "")
    )
    if versions.n_labels_untrained:
        click.echo(
            f"{number_of(versions.n_labels_untrained, 'label counts', 'labels count')} as missed by both, "
            "because neither version was trained on their sections"
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
