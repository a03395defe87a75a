"""Reading a WordPress export: posts a second and peak memory, for the reader alone and for a whole corpus."""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import click

from benchmarks.memory import peak_bytes

#: what is measured -> what it does with the file
STAGES = {
    "reader": "XML to rows, none kept",
    "corpus": "rows cleaned, checked and kept, as training does",
}


@click.command()
@click.option("--posts", type=click.IntRange(min=1), default=200_000, show_default=True, help="Posts in the export.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as one JSON object.")
def wxr(posts: int, as_json: bool) -> None:
    """Read a made-up WordPress export and report posts a second and peak memory."""
    from tests.driver.exports import write_export

    with tempfile.TemporaryDirectory() as folder:
        path = write_export(Path(folder) / "export.xml", posts)
        figures = {"posts": posts, "bytes": path.stat().st_size, **{stage: measure(stage, path) for stage in STAGES}}
    if as_json:
        click.echo(json.dumps(figures, allow_nan=False))
        return
    click.echo(f"{posts:,} posts, {figures['bytes'] / 1e6:,.0f} MB")
    for stage, what in STAGES.items():
        found = figures[stage]
        click.echo(
            f"{stage}: {found['posts_per_second']:,.0f} posts/s, {found['seconds']:.1f} s "
            f"({found['posts_per_cpu_second']:,.0f} posts/s of CPU time, for a machine with other work), "
            f"peak memory {found['peak_bytes'] / 1e6:,.0f} MB ({what})"
        )


def measure(stage: str, path: Path) -> dict[str, Any]:
    """Run one stage over an export in a process of its own and return its figures."""
    command = [sys.executable, "-m", "benchmarks.wxr", stage, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def _run(stage: str, path: Path) -> dict[str, Any]:
    from classifier.corpus.readers import Reading, Row, read_corpus
    from classifier.corpus.readers.wordpress.reader import wxr_reader
    from classifier.sections import Sections

    sections = Sections.load(Path("training_data/sections.toml"))
    before = peak_bytes()
    start, cpu_start = time.perf_counter(), time.process_time()
    if stage == "reader":
        count = sum(isinstance(found, Row) for found in wxr_reader(sections, Reading())(path))
    else:
        count = len(read_corpus([path], sections).articles)
    seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu_start
    return {
        "posts": count,
        "seconds": seconds,
        "posts_per_second": count / seconds,
        "cpu_seconds": cpu_seconds,
        "posts_per_cpu_second": count / cpu_seconds,
        "peak_bytes": peak_bytes(),
        "peak_bytes_before": before,
    }


if __name__ == "__main__":
    click.echo(json.dumps(_run(sys.argv[1], Path(sys.argv[2])), allow_nan=False))
