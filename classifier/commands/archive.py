"""``copydesk archive``."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from classifier.commands.console import say
from classifier.commands.extras import require_archive
from classifier.commands.options import PATH, models_option, set_option, setting, setting_option, version_option
from classifier.commands.reading import asked_reading, changed_options
from classifier.errors import number_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.archive.asked import TaggingOptions
    from classifier.archive.cutting.partitions import Partition
    from classifier.archive.models import ArchiveModel
    from classifier.archive.running import Tagging
    from classifier.archive.tagging import TaggedPartition
    from classifier.corpus.readers.context import Context

_ANY_LABELS = {"ignore_unknown": True, "machine_labels": True, "all_unlabelled": True}
_PARTITION_ROWS = 10_000


@click.command()
@click.argument("archive", nargs=-1, type=PATH, metavar="[IN]...")
@click.option("--out", type=PATH, metavar="DIR", help="Folder to write to; it is created if it does not exist.")
@models_option
@set_option
@version_option
@click.option("--explain", is_flag=True, help="Add the words for and against each tag to the Parquet files.")
@click.option(
    "--changed",
    is_flag=True,
    help="Write only the articles whose tags differ from the labels that they carry, with the sections that the model "
    "would add and remove.",
)
@click.option(
    "--review",
    is_flag=True,
    help="Also write DIR/review.csv: the articles with a tag for review; with --changed, all that changed.",
)
@click.option(
    "--partition",
    type=click.IntRange(100, 1_000_000),
    default=_PARTITION_ROWS,
    show_default=True,
    metavar="ROWS",
    help="Rows that are tagged and written at once. A run that was stopped loses no more than this for each worker.",
)
@click.option("--workers", type=click.IntRange(min=1), help="Processes to use.  [default: one for each core]")
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Tag on the workers of a Dask cluster: the address of its scheduler, tcp://HOST:PORT.  [default: processes of "
    "this machine]",
)
@click.option("--restart", is_flag=True, help="Delete an earlier run in DIR and begin again.")
@click.option(
    "--queue",
    type=PATH,
    metavar="FILE",
    help="Put the articles of a review.csv into the desk's queue, instead of tagging. Rows with a verdict are skipped.",
)
@click.option(
    "--source",
    metavar="NAME",
    default="archive",
    show_default=True,
    help="For --queue: the source that the articles get in the queue.",
)
@setting_option("feedback")
@changed_options
def archive(
    archive: tuple[Path, ...],
    out: Path | None,
    models: Path | None,
    set_name: str | None,
    model_version: str | None,
    explain: bool,
    changed: bool,
    review: bool,
    partition: int,
    workers: int | None,
    scheduler: str | None,
    restart: bool,
    queue: Path | None,
    source: str,
    feedback: str | None,
) -> None:
    """Tag an archive of any size into Parquet files.

    IN: files, folders or quoted globs of every kind that “copydesk train” reads.

    Writes DIR/tags/*.parquet, a table of the tags by section and month (DIR/summary.csv), and a list of the rows and
    damaged files that could not be tagged (DIR/rejects.jsonl). If the run is stopped for any reason, run the same
    command again: it continues where it stopped. Exit code 1: some rows or damaged files could not be tagged;
    everything else was.
    """
    if queue:
        if archive or out:
            raise click.UsageError("--queue does not tag. Fix: leave out IN and --out, or leave out --queue")
        _queue(queue, source, setting("feedback", feedback))
        return
    if not archive or out is None:
        raise click.UsageError(
            "IN or --out is missing. Fix: name the files of the archive, and a folder with --out DIR"
        )
    if scheduler and workers:
        raise click.UsageError(
            "--workers is for this machine, but --scheduler uses a cluster. Fix: leave out one of them"
        )
    from classifier.archive.asked import TaggingOptions
    from classifier.archive.models import ArchiveModel
    from classifier.archive.running import tag_archive
    from classifier.commands.archive_progress import watching
    from classifier.corpus.readers import Reading

    model = ArchiveModel.find(setting("models", models), set_name, model_version, setting("preferred_sets").split())
    options = TaggingOptions(Reading(**asked_reading() | _ANY_LABELS), partition, explain, changed, review)
    with watching() as watch:
        outcome = tag_archive(archive, out, model, options, _tagging(workers, scheduler), watch, restart=restart)
    from classifier.commands.archive_summary import report

    report(outcome, out, options)
    if outcome.counts.rejects:
        raise click.exceptions.Exit(1)


def _tagging(workers: int | None, scheduler: str | None) -> "Tagging":
    """Return where partitions are tagged."""

    def tagging(
        partitions: "Iterator[Partition]", model: "ArchiveModel", options: "TaggingOptions", context: "Context"
    ) -> "Iterator[tuple[Partition, TaggedPartition]]":
        if scheduler:
            require_archive()
            from classifier.archive.cluster import tag_on_cluster

            return tag_on_cluster(partitions, model, options, context, scheduler)
        from classifier.archive.workers import tag_on_processes

        return tag_on_processes(partitions, model, options, workers or _n_cores())

    return tagging


def _n_cores() -> int:
    import os

    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _queue(file: Path, source: str, address: str) -> None:
    from classifier.archive.results.queueing import queue_review

    found = queue_review(file, source, address)
    say(
        f"{number_of(found.new, 'article is', 'articles are')} new in the desk's queue, {found.known:,} were there "
        f"already, and {found.decided:,} have a verdict in the file"
    )
