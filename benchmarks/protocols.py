"""The decision protocols next to POST /v1/tags: rates on loopback, and the latencies that others publish."""

import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import click

from benchmarks.forms import FORMS
from benchmarks.report import Report, json_option
from benchmarks.speed import CORPUS, SECTIONS
from classifier.sections import Sections
from tests.driver.load import CONNECTIONS, Load, generator, load
from tests.driver.processes import serving

N_BODIES = 100
N_QUESTIONS = 13
WORKERS = 2
LENGTH = 3_000  # characters of an article's text
LEAST = 0.8  # of the rate of POST /v1/tags, for System One with 13 questions
_TAGS, _SYSTEM_ONE, _DECISIONS, _CHOICE = (
    "POST /v1/tags",
    f"POST /v1/systemone, {N_QUESTIONS} questions",
    f"POST /v1/decisions, {N_QUESTIONS} questions",
    f"POST /v1/systemone, a choice of {N_QUESTIONS} and none",
)
#: As their providers published them up to 2026-11-28, in milliseconds; ours are on loopback, without a network.
PUBLISHED = (
    ("published: hosted decision models, over the network (p50 of a request)", 260.0, 1_000.0),
    ("published: small open models on an own GPU (for each question)", 3.0, 12.0),
)


@click.command()
@click.option("--rounds", default=5, show_default=True, help="Rounds in which the routes take turns.")
@click.option("--seconds", default=3.0, show_default=True, help="Time of load on each route in a round.")
@click.option("--articles", default=4_000, show_default=True, help="Made articles that the model is fitted on.")
@click.option("--features", default=100_000, show_default=True, help="Features of the model.")
@click.option(
    "--form", type=click.Choice(list(FORMS)), default=next(iter(FORMS)), show_default=True, help="The bodies."
)
@click.option("--least", default=LEAST, show_default=True, help="The least rate, as a share of that of POST /v1/tags.")
@json_option
def protocols(
    rounds: int, seconds: float, articles: int, features: int, form: str, least: float, as_json: bool
) -> None:
    """Load the routes of the decision protocols with 13 questions, next to POST /v1/tags, in one run.

    The exit code is 1 if System One reaches less than the least rate.
    """
    from benchmarks.synthetic import synthesise, write_as_model

    n_sections = len(Sections.load(SECTIONS))
    synthetic = synthesise(CORPUS, SECTIONS, articles, N_BODIES, features, n_sections)
    texts = [FORMS[form](text[:LENGTH]) for text in synthetic.articles[:N_BODIES]]
    names = list(synthetic.sections)[:N_QUESTIONS]
    with tempfile.TemporaryDirectory() as name, ExitStack() as running:
        folder = Path(name)
        write_as_model(synthetic, folder / "models")
        command = [sys.executable, "service.py", "--models", str(folder / "models"), "--workers", str(WORKERS)]
        url = running.enter_context(serving(command, "/readyz", folder / "log", {})).url
        measured = _measure({what: (url + path, made) for what, path, made in _targets(texts, names)}, rounds, seconds)
    report = _report(measured, form)
    report.show(as_json)
    if _ratio(measured, _SYSTEM_ONE) < least:
        raise click.exceptions.Exit(1)


def _targets(texts: Sequence[str], names: Sequence[str]) -> list[tuple[str, str, list[bytes]]]:
    """Return what is loaded: its name, its path and its bodies."""
    wording = {name: f"Is the article about “{name}”?" for name in names}
    asked = {name: {"type": "noul", "instructions": text} for name, text in wording.items()}
    listed = [{"type": "predicate", "name": name, "instructions": text} for name, text in wording.items()]
    choice = {"of": {"type": "choice", "instructions": "Which?", "criteria": dict.fromkeys([*names, "none"])}}
    return [
        (_TAGS, "/v1/tags", [_json({"body": text}) for text in texts]),
        (_SYSTEM_ONE, "/v1/systemone", [_json({"model": "latest", "state": t, "questions": asked}) for t in texts]),
        (_DECISIONS, "/v1/decisions", [_json({"model": "latest", "input": t, "questions": listed}) for t in texts]),
        (_CHOICE, "/v1/systemone", [_json({"model": "latest", "state": t, "questions": choice}) for t in texts]),
    ]


def _json(value: object) -> bytes:
    return json.dumps(value, allow_nan=False).encode()


def _measure(targets: Mapping[str, tuple[str, Sequence[bytes]]], rounds: int, seconds: float) -> dict[str, list[Load]]:
    for url, bodies in targets.values():
        load(url, bodies, 1)  # every worker and thread has answered once
    measured: dict[str, list[Load]] = {what: [] for what in targets}
    for _ in range(rounds):
        for what, (url, bodies) in targets.items():
            measured[what].append(load(url, bodies, seconds))
    return measured


def _ratio(measured: Mapping[str, Sequence[Load]], what: str) -> float:
    return median(run.rate / base.rate for run, base in zip(measured[what], measured[_TAGS], strict=True))


def _report(measured: Mapping[str, Sequence[Load]], form: str) -> Report:
    report = Report(
        f"Articles with {LENGTH:,} characters ({form}) on loopback, {WORKERS} workers, {CONNECTIONS} connections, load "
        f"by {generator()}",
        ["what", "requests/s", "p50, ms", "p99, ms", "rate over that of POST /v1/tags"],
    )
    for what, runs in measured.items():
        figures = (median(run.rate for run in runs), median(run.p50 for run in runs), median(run.p99 for run in runs))
        report.rows.append((what, *figures, _ratio(measured, what)))
    for what, fastest, slowest in PUBLISHED:
        report.rows.append((f"{what}, from", None, fastest, None, None))
        report.rows.append((f"{what}, to", None, slowest, None, None))
    report.notes.append(
        "Ours are on loopback, under load that is made on the same machine. The published latencies are of other "
        "machines and, as named, include a network: they show the order of magnitude, not a race."
    )
    return report
