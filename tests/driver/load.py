"""Load on a service of this machine: wrk where there is one, else a generator of our own."""

import asyncio
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import click
import numpy as np

CONNECTIONS = 8
MAX_REQUESTS = 1_000_000  # of one run of our own generator

_SCRIPT = """
local requests, n = {}, 0
function init(args)
  for body in io.lines(args[1]) do
    requests[#requests + 1] = wrk.format("POST", nil, {["Content-Type"] = "application/json"}, body)
  end
end
function request()
  n = n % #requests + 1
  return requests[n]
end
function done(summary, latency, requests)
  local e = summary.errors
  local failed = e.connect + e.read + e.write + e.status + e.timeout
  io.write(string.format("figures %d %d %f %f %d %d\\n",
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), failed, e.status))
end
"""


@dataclass(frozen=True)
class Load:
    """What a service did under load: requests a second, and latencies in milliseconds."""

    rate: float
    p50: float
    p99: float


def generator() -> str:
    """Return the name of what makes the load."""
    return "wrk" if shutil.which("wrk") else "tests/driver/load.py"


def load(url: str, bodies: Sequence[bytes], seconds: float) -> Load:
    """Post bodies to an address over and over on `CONNECTIONS` connections for a time.

    Raises
    ------
    click.ClickException
        If a request fails or is answered with anything but 2xx.
    """
    return _wrk(url, bodies, seconds) if shutil.which("wrk") else asyncio.run(_own(url, bodies, seconds))


class Wrk:
    """A run of wrk that goes on in the background."""

    def __init__(self, process: "subprocess.Popen[str]", seconds: float) -> None:
        self._process = process
        self._seconds = seconds

    def figures(self) -> tuple[Load, int, int]:
        """Wait for its end; return what it measured, the requests answered with 2xx or 3xx, and those that failed."""
        out, err = self._process.communicate(timeout=self._seconds + 60)
        lines = [line for line in out.splitlines() if line.startswith("figures")]
        if self._process.returncode or not lines:
            raise click.ClickException(f"wrk failed: {err.strip() or out.strip()}")
        n, microseconds, p50, p99, failed, bad_status = map(float, lines[0].split()[1:])
        return Load(n / microseconds * 1e6, p50 / 1e3, p99 / 1e3), int(n - bad_status), int(failed)


@contextmanager
def started_wrk(url: str, bodies: Sequence[bytes], seconds: float) -> Iterator[Wrk]:
    """Have wrk post bodies to an address for a time; it is stopped where the context is left before."""
    with tempfile.TemporaryDirectory() as folder:
        script, lines = Path(folder) / "post.lua", Path(folder) / "bodies"
        script.write_text(_SCRIPT, encoding="utf-8")
        lines.write_bytes(b"\n".join(bodies) + b"\n")
        time_given = f"{max(1, round(seconds))}s"
        command = [
            "wrk",
            "-t1",
            f"-c{CONNECTIONS}",
            f"-d{time_given}",
            "--timeout",
            "30s",
            "-s",
            str(script),
            url,
            "--",
            str(lines),
        ]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            yield Wrk(process, seconds)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


def _wrk(url: str, bodies: Sequence[bytes], seconds: float) -> Load:
    with started_wrk(url, bodies, seconds) as wrk:
        found, _, failed = wrk.figures()
    _refuse_failures(failed, url)
    return found


async def _own(url: str, bodies: Sequence[bytes], seconds: float) -> Load:
    parts = urlsplit(url)
    head = f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: application/json\r\nContent-Length: "
    requests = [f"{head}{len(body)}\r\n\r\n".encode() + body for body in bodies]
    latencies: list[float] = []
    start = time.perf_counter()
    share = MAX_REQUESTS // CONNECTIONS
    clients = [
        _client(parts, requests[i:] + requests[:i], start + seconds, share, latencies) for i in range(CONNECTIONS)
    ]
    failed = sum(await asyncio.gather(*clients))
    took = time.perf_counter() - start
    _refuse_failures(failed, url)
    p50, p99 = np.percentile(latencies, [50, 99]) * 1e3
    return Load(len(latencies) / took, float(p50), float(p99))


async def _client(
    parts: SplitResult, requests: Sequence[bytes], until: float, most: int, latencies: list[float]
) -> int:
    """Send requests on one connection, one after the other; return how many were not answered with 2xx."""
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    failed = n = 0
    while time.perf_counter() < until and n < most:
        start = time.perf_counter()
        writer.write(requests[n % len(requests)])
        n += 1
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
        )
        await reader.readexactly(length)
        failed += head.split(b" ", 2)[1][:1] != b"2"
        latencies.append(time.perf_counter() - start)
    writer.close()
    await writer.wait_closed()
    return failed


def _refuse_failures(failed: int, url: str) -> None:
    if failed:
        raise click.ClickException(f"{failed} requests to {urlsplit(url).path} failed: the figures would mean nothing")
