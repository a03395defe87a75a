"""The real service next to bare Flask routes and scikit-learn's pipeline under the same server."""

import json
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import click
import httpx

from benchmarks.checkouts import python_of
from benchmarks.forms import FORMS
from benchmarks.report import Report, json_option
from benchmarks.speed import CORPUS, SECTIONS
from tests.driver.load import CONNECTIONS, Load, generator, load
from tests.driver.processes import serving

N_BODIES = 100
BATCH = 100
WORKERS = 2
N_SECTIONS = 20
LENGTH = 3_000  # characters of an article's text
_CLEAN = next(iter(FORMS))
_SERVICE, _BEFORE, _CONSTANT, _JSON, _PIPELINE, _BATCH = (
    "Copydesk",
    "Copydesk, the other checkout",
    "bare route: reads the body, sends a constant",
    "bare route: parses JSON, writes JSON",
    "scikit-learn pipeline in Flask",
    "Copydesk, batches",
)
_WRITE_MODEL = """
import sys
from pathlib import Path
from benchmarks.synthetic import synthesise, write_as_model
made = synthesise(Path(sys.argv[1]), Path(sys.argv[2]), *map(int, sys.argv[4:]))
write_as_model(made, Path(sys.argv[3]))
"""

_Target = tuple[str, str, str, Sequence[bytes]]  # form, what, address, bodies


@click.command()
@click.option("--rounds", default=5, show_default=True, help="Rounds in which the services take turns.")
@click.option("--seconds", default=3.0, show_default=True, help="Time of load on each service in a round.")
@click.option("--articles", default=4_000, show_default=True, help="Made articles that the model is fitted on.")
@click.option("--features", default=100_000, show_default=True, help="Features of the model.")
@click.option(
    "--form",
    "forms",
    type=click.Choice(list(FORMS)),
    multiple=True,
    help="A form of the bodies. Give it several times for several forms.  [default: all]",
)
@click.option(
    "--beside",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Another checkout of Copydesk that takes turns, with its own .venv if it has one.",
)
@json_option
def http(
    rounds: int,
    seconds: float,
    articles: int,
    features: int,
    forms: Sequence[str],
    beside: Path | None,
    as_json: bool,
) -> None:
    """Load the real service with 3 kB articles as CMSs send them, next to bare routes, all under its server."""
    from benchmarks.synthetic import synthesise, write_as_model

    synthetic = synthesise(CORPUS, SECTIONS, articles, N_BODIES, features, N_SECTIONS)
    texts = [text[:LENGTH] for text in synthetic.articles[:N_BODIES]]
    bodies = {
        name: [json.dumps({"body": FORMS[name](text)}, allow_nan=False).encode() for text in texts]
        for name in forms or FORMS
    }
    python, workers = sys.executable, ["--workers", str(WORKERS)]
    with tempfile.TemporaryDirectory() as name, ExitStack() as running:
        folder = Path(name)
        write_as_model(synthetic, folder / "models")
        (folder / "pipeline").write_bytes(pickle.dumps((synthetic.pipeline, synthetic.sections)))
        commands = {
            _SERVICE: [python, "service.py", "--models", str(folder / "models"), *workers],
            _CONSTANT: [python, "-m", "benchmarks.http_apps", "constant", *workers],
            _JSON: [python, "-m", "benchmarks.http_apps", "json", *workers],
            _PIPELINE: [python, "-m", "benchmarks.http_apps", "pipeline", *workers],
        }
        if beside:
            models = folder / "models-beside"
            sizes = [str(size) for size in (articles, N_BODIES, features, N_SECTIONS)]
            places = [str(CORPUS), str(SECTIONS), str(models)]
            theirs = python_of(beside.resolve())
            subprocess.run([theirs, "-c", _WRITE_MODEL, *places, *sizes], cwd=beside, check=True)
            service = str((beside / "service.py").resolve())
            commands[_BEFORE] = [theirs, service, "--models", str(models), *workers]
        environment = {"BENCHMARK_PIPELINE": str(folder / "pipeline")}
        urls = {}
        for number, (what, command) in enumerate(commands.items()):
            log = folder / f"log-{number}"
            urls[what] = running.enter_context(serving(command, "/readyz", log, environment)).url + "/v1/tags"
        if _CLEAN in bodies:
            _refuse_disagreement(urls, bodies[_CLEAN])
        measured = _measure(_targets(urls, bodies), rounds, seconds)
    _report(measured).show(as_json)


def _targets(urls: Mapping[str, str], bodies: Mapping[str, Sequence[bytes]]) -> list[_Target]:
    """Return what is loaded. The pipeline has no cleaner, so it gets clean text only."""
    targets = [
        (form, what, url, singles)
        for form, singles in bodies.items()
        for what, url in urls.items()
        if what != _PIPELINE or form == _CLEAN
    ]
    if _CLEAN in bodies:
        batch = b'{"articles": [%s]}' % b", ".join(bodies[_CLEAN][:BATCH])
        targets.append((_CLEAN, _BATCH, f"{urls[_SERVICE]}/batch", [batch]))
    return targets


def _measure(targets: Sequence[_Target], rounds: int, seconds: float) -> dict[tuple[str, str], list[Load]]:
    for _, _, url, bodies in targets:
        load(url, bodies, 1)  # every worker and thread has answered once
    measured: dict[tuple[str, str], list[Load]] = {(form, what): [] for form, what, _, _ in targets}
    for _ in range(rounds):
        for form, what, url, bodies in targets:
            measured[form, what].append(load(url, bodies, seconds))
    return measured


def _refuse_disagreement(urls: Mapping[str, str], singles: Sequence[bytes]) -> None:
    """See that the service and the pipeline give the same tags: otherwise they do different work."""
    with httpx.Client(trust_env=False, headers={"Content-Type": "application/json"}) as client:
        for body in singles[:10]:
            ours, theirs = (
                {tag["section"] for tag in client.post(urls[what], content=body).raise_for_status().json()["tags"]}
                for what in (_SERVICE, _PIPELINE)
            )
            if ours != theirs:
                raise click.ClickException("the service and the pipeline give different tags: they are not comparable")


def _report(measured: Mapping[tuple[str, str], Sequence[Load]]) -> Report:
    report = Report(
        f"Articles with {LENGTH:,} characters of text over HTTP, {WORKERS} workers, {CONNECTIONS} connections, load by "
        f"{generator()}",
        ["body", "what", "requests/s", "articles/s", "p50, ms", "p99, ms", "Copydesk's articles/s over it"],
        n_text_columns=2,
    )
    for (form, what), runs in measured.items():
        each = BATCH if what == _BATCH else 1
        base = measured[form, _SERVICE]
        ratio = median(ours.rate / (run.rate * each) for ours, run in zip(base, runs, strict=True))
        rate = median(run.rate for run in runs)
        latencies = (median(run.p50 for run in runs), median(run.p99 for run in runs))
        report.rows.append((form, what, rate, rate * each, *latencies, ratio))
    report.notes.append(
        "The load is made on the same machine and takes processor time from the services. A batch's latency is that of "
        f"{BATCH} articles. The bare routes give the same few tags, whatever the article is about."
    )
    return report
