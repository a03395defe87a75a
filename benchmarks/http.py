"""The real service beside a bare Flask route and scikit-learn's pipeline under the same server."""

import json
import pickle
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import click
import httpx

from benchmarks.report import Report, json_option
from benchmarks.speed import CORPUS, SECTIONS
from tests.driver.load import CONNECTIONS, Load, generator, load
from tests.driver.processes import serving

N_BODIES = 100
BATCH = 100
WORKERS = 2
_SERVICE, _BARE, _PIPELINE, _BATCH = (
    "Copydesk",
    "bare Flask route",
    "scikit-learn pipeline in Flask",
    "Copydesk, batches",
)


@click.command()
@click.option("--rounds", default=5, show_default=True, help="Rounds in which the services take turns.")
@click.option("--seconds", default=4.0, show_default=True, help="Time of load on each service in a round.")
@click.option("--articles", default=4_000, show_default=True, help="Made articles that the model is fitted on.")
@click.option("--features", default=100_000, show_default=True, help="Features of the model.")
@json_option
def http(rounds: int, seconds: float, articles: int, features: int, as_json: bool) -> None:
    """Load the real service with 3 kB articles, beside a bare route and the pipeline, all under its server."""
    from benchmarks.synthetic import synthesise, write_as_model

    synthetic = synthesise(CORPUS, SECTIONS, articles, N_BODIES, features, 20)
    items = [{"body": text[:3_000]} for text in synthetic.texts]
    singles = [json.dumps(item).encode() for item in items]
    batches = [json.dumps({"articles": items[:BATCH]}).encode()]
    with tempfile.TemporaryDirectory() as name, ExitStack() as running:
        folder = Path(name)
        write_as_model(synthetic, folder / "models")
        (folder / "pipeline").write_bytes(pickle.dumps((synthetic.pipeline, synthetic.sections)))
        python, workers = sys.executable, ["--workers", str(WORKERS)]
        commands = {
            _SERVICE: [python, "service.py", "--models", str(folder / "models"), *workers],
            _BARE: [python, "-m", "benchmarks.http_apps", "bare", *workers],
            _PIPELINE: [python, "-m", "benchmarks.http_apps", "pipeline", *workers],
        }
        environment = {"BENCHMARK_PIPELINE": str(folder / "pipeline")}
        urls = {}
        for number, (what, command) in enumerate(commands.items()):
            log = folder / f"log-{number}"
            urls[what] = running.enter_context(serving(command, "/readyz", log, environment)).url + "/v1/tags"
        _refuse_disagreement(urls, singles)
        targets = {what: (url, singles) for what, url in urls.items()}
        targets[_BATCH] = (f"{urls[_SERVICE]}/batch", batches)
        measured = _measure(targets, rounds, seconds)
    _report(measured).show(as_json)


def _measure(targets: Mapping[str, tuple[str, Sequence[bytes]]], rounds: int, seconds: float) -> dict[str, list[Load]]:
    for url, bodies in targets.values():
        load(url, bodies, 1)  # every worker and thread has answered once
    measured: dict[str, list[Load]] = {what: [] for what in targets}
    for _ in range(rounds):
        for what, (url, bodies) in targets.items():
            measured[what].append(load(url, bodies, seconds))
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


def _report(measured: Mapping[str, Sequence[Load]]) -> Report:
    report = Report(
        f"Articles of 3 kB over HTTP, {WORKERS} workers, {CONNECTIONS} connections, load by {generator()}",
        ["what", "requests/s", "articles/s", "p50, ms", "p99, ms", "Copydesk's articles/s over it"],
    )
    base = [run.rate for run in measured[_SERVICE]]
    for what, runs in measured.items():
        each = BATCH if what == _BATCH else 1
        ratio = median(ours / (run.rate * each) for ours, run in zip(base, runs, strict=True))
        rate = median(run.rate for run in runs)
        latencies = (median(run.p50 for run in runs), median(run.p99 for run in runs))
        report.rows.append((what, rate, rate * each, *latencies, ratio))
    report.notes.append(
        "The load is made on the same machine and takes processor time from the services. A batch's latency is that of "
        f"{BATCH} articles."
    )
    return report
