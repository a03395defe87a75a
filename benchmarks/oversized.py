"""Whether clients see the answer 413 to a body that is too large, directly and through the proxies of deploy/."""

import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import click

from benchmarks.report import Report, json_option
from benchmarks.speed import CORPUS, SECTIONS
from tests.driver.processes import serving
from tests.driver.proxies import INSTALL, found, proxying
from tests.driver.uploads import REFUSED, UPLOADS, missing

BYTES = 5_000_000


@click.command()
@click.option("--tries", type=click.IntRange(min=1), default=10, show_default=True, help="Uploads of each client.")
@json_option
def oversized(tries: int, as_json: bool) -> None:
    """Have clients post a body that is too large, and count how often each sees the answer 413 as problem+json."""
    from benchmarks.synthetic import synthesise, write_as_model

    proxies = [kind for kind in INSTALL if found(kind)]
    report = Report(
        f"Uploads of {BYTES:,} bytes, more than the limit: how many of {tries} saw {REFUSED}",
        ["client", "direct", *proxies],
        notes=[f"Not on this machine: {kind} ({how})" for kind, how in INSTALL.items() if kind not in proxies],
    )
    with tempfile.TemporaryDirectory() as name, ExitStack() as held:
        folder = Path(name)
        write_as_model(synthesise(CORPUS, SECTIONS, 200, 5, 2_000, 20), folder / "models")
        command = [sys.executable, "service.py", "--models", str(folder / "models"), "--allow-anonymous"]
        command += ["--keys", str(folder / "keys.json")]
        direct = held.enter_context(serving(command, "/readyz", folder / "direct"))
        behind = held.enter_context(serving(command, "/readyz", folder / "behind", {"COPYDESK_PROXIES": "1"}))
        ports = [direct.port, *(held.enter_context(proxying(kind, behind.port, folder / kind)) for kind in proxies)]
        for client, (_, upload) in UPLOADS.items():
            if program := missing(client):
                report.notes.append(f"Not on this machine: {program}, for {client}")
                continue
            seen = [[upload(f"http://127.0.0.1:{port}/v1/tags", BYTES) for _ in range(tries)] for port in ports]
            report.rows.append((client, *(each.count(REFUSED) for each in seen)))
            for place, each in zip(report.headers[1:], seen, strict=True):
                if others := sorted(set(each) - {REFUSED}):
                    report.notes.append(f"{client}, {place}: {'; '.join(others)}")
    report.show(as_json)
    if any(count < tries for row in report.rows for count in row[1:]):
        raise click.exceptions.Exit(1)
