"""Processes that a benchmark starts: their memory, their readiness, and that they end."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click
import httpx

SAMPLE_SECONDS = 0.2
READY_SECONDS = 60
STOP_SECONDS = 20
_SIZES = ("VmRSS", "VmHWM")


@dataclass(frozen=True)
class Peak:
    """Bytes resident: the most of all processes together, sampled, and the most that any one of them had.

    Of each process VmHWM is read, not ``ru_maxrss``: that starts at what the process had that started it. ``cpu`` is
    the seconds of processor time of the process and the descendants that it waited for.
    """

    together: int
    largest: int
    cpu: float


def peak_of_tree(child: "subprocess.Popen[str]") -> Peak:
    """Wait for a process to end and return the peak of it and its descendants."""
    together = largest = 0
    while True:
        pid, status, usage = os.wait4(child.pid, os.WNOHANG)
        if pid:
            child.returncode = os.waitstatus_to_exitcode(status)
            return Peak(max(together, largest), largest, usage.ru_utime + usage.ru_stime)
        sizes = [_resident_and_peak(each) for each in tree(child.pid)]
        together = max(together, sum(now for now, _ in sizes))
        largest = max(largest, *(most for _, most in sizes))
        time.sleep(SAMPLE_SECONDS)


def tree(pid: int) -> list[int]:
    """Return a process and all its descendants that are alive."""
    found = [pid]
    for one in found:
        for tasks in Path(f"/proc/{one}/task").glob("*/children"):
            try:
                found += [int(child) for child in tasks.read_text().split()]
            except (FileNotFoundError, ProcessLookupError):
                continue
    return found


def _resident_and_peak(pid: int) -> tuple[int, int]:
    """Return the bytes that a process has resident, and the most it ever had; 0 where it has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(errors="replace").splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0, 0
    sizes = {
        name: int(rest.split()[0]) << 10 for name, _, rest in (line.partition(":") for line in lines) if name in _SIZES
    }
    return sizes.get("VmRSS", 0), sizes.get("VmHWM", 0)


@dataclass(frozen=True)
class Server:
    """A server that answers on loopback."""

    process: "subprocess.Popen[bytes]"
    port: int
    log: Path
    seconds_to_ready: float

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def workers(self) -> list[int]:
        """The processes that answer requests."""
        return [pid for pid in tree(self.process.pid) if pid != self.process.pid]


@contextmanager
def serving(
    command: Sequence[str],
    ready: str,
    log: Path,
    environment: Mapping[str, str] | None = None,
    port: int | None = None,
) -> Iterator[Server]:
    """Start a server on loopback, wait until it is ready, and stop it at the end, whatever happens.

    Parameters
    ----------
    command : sequence of str
        To which ``--port`` is added.
    ready : str
        The path that answers 200 once it is ready.
    log : Path
        Where its output goes.
    environment : mapping of str to str, optional
        Variables to add; those of Copydesk that are set here are not passed on.
    port : int, optional
        By default one that is free.

    Raises
    ------
    click.ClickException
        If it ends, or is not ready within a minute; with the last lines of its log.
    """
    port = port or free_port()
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("COPYDESK_")}
    with log.open("wb") as out:
        start = time.monotonic()
        process = subprocess.Popen(
            [*command, "--port", str(port)], stdout=out, stderr=out, env={**inherited, **(environment or {})}
        )
        try:
            _wait(process, f"http://127.0.0.1:{port}{ready}", log)
            yield Server(process, port, log, time.monotonic() - start)
        finally:
            _stop(process)


def free_port() -> int:
    """Return a port of loopback that nothing listens on now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    with httpx.Client(timeout=1, trust_env=False) as client:
        while time.monotonic() < deadline and process.poll() is None:
            try:
                if client.get(url).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.01)
    raise click.ClickException(f"the server did not get ready: {' / '.join(log.read_text().splitlines()[-5:])}")


def _stop(process: "subprocess.Popen[bytes]") -> None:
    """End a server and its workers: politely, and then not."""
    family = tree(process.pid)
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        for pid in family:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        process.wait()
