"""Processes that a test or a benchmark starts: their memory, their readiness, and that they end."""

import os
import signal
import socket
import subprocess
import sys
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


def peak_of_tree(child: "subprocess.Popen[str]", also: Sequence[int] = ()) -> Peak:
    """Wait for a process to end and return the peak of it, its descendants and some other processes."""
    together = largest = 0
    while True:
        pid, status, usage = os.wait4(child.pid, os.WNOHANG)
        if pid:
            child.returncode = os.waitstatus_to_exitcode(status)
            return Peak(max(together, largest), largest, usage.ru_utime + usage.ru_stime)
        sizes = [_resident_and_peak(each) for each in (*tree(child.pid), *also)]
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


#: Becomes the command that follows, with a socket where systemd would put it.
PASS_ON = """import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"}
os.execv(sys.argv[2], sys.argv[2:])
"""


@dataclass(frozen=True)
class Server:
    """A server that answers on loopback."""

    process: "subprocess.Popen[bytes]"
    port: int
    log: Path
    seconds_to_ready: float

    @property
    def url(self) -> str:
        """The address at which it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def workers(self) -> list[int]:
        """The processes that answer requests."""
        return [pid for pid in tree(self.process.pid) if pid != self.process.pid]

    def stop(self) -> int:
        """Send SIGTERM, wait, and return the exit code; kill the server and its workers if they do not stop."""
        family = tree(self.process.pid)
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            for pid in family:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    continue
            return self.process.wait()


def start(
    command: Sequence[str],
    ready: str,
    log: Path,
    environment: Mapping[str, str] | None = None,
    port: int | None = None,
    folder: Path | None = None,
    passed_on: socket.socket | None = None,
    seconds: float = READY_SECONDS,
) -> Server:
    """Start a server on loopback and wait until it is ready.

    Parameters
    ----------
    command : sequence of str
        To which ``--port`` is added.
    ready : str
        The path that answers 200 once it is ready.
    log : Path
        The file that takes its output.
    environment : mapping of str to str, optional
        Variables to add; those of Copydesk that are set here are not passed on.
    port : int, optional
        By default one that is free.
    folder : Path, optional
        The working directory.
    passed_on : socket, optional
        Passed on as systemd does it.
    seconds : float
        How long it may take until it is ready.

    Raises
    ------
    click.ClickException
        If it ends, or is not ready in time; with the last lines of its log.
    """
    port = port or free_port()
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("COPYDESK_")}
    given = [passed_on.fileno()] if passed_on else []
    prefix = [sys.executable, "-c", PASS_ON, str(given[0])] if given else []
    with log.open("wb") as out:
        begun = time.monotonic()
        process = subprocess.Popen(
            [*prefix, *command, "--port", str(port)],
            stdout=out,
            stderr=out,
            cwd=folder,
            env={**inherited, **(environment or {})},
            pass_fds=given,
        )
    try:
        _wait(process, f"http://127.0.0.1:{port}{ready}", log, seconds)
    except BaseException:
        Server(process, port, log, 0.0).stop()
        raise
    return Server(process, port, log, time.monotonic() - begun)


@contextmanager
def serving(
    command: Sequence[str],
    ready: str,
    log: Path,
    environment: Mapping[str, str] | None = None,
    passed_on: socket.socket | None = None,
    seconds: float = READY_SECONDS,
    folder: Path | None = None,
) -> Iterator[Server]:
    """Start a server as `start` does, and stop it at the end, whatever happens."""
    port = passed_on.getsockname()[1] if passed_on else None
    server = start(command, ready, log, environment, port, folder, passed_on, seconds)
    try:
        yield server
    finally:
        server.stop()


def free_port() -> int:
    """Return a port of loopback that nothing listens on now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait(process: "subprocess.Popen[bytes]", url: str, log: Path, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    with httpx.Client(timeout=1, trust_env=False) as client:
        while time.monotonic() < deadline and process.poll() is None:
            try:
                if client.get(url).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.01)
    raise click.ClickException(f"the server did not get ready: {' / '.join(log.read_text().splitlines()[-5:])}")


def connections_of(pid: int, port: int) -> int:
    """Return how many connections to a port a process has accepted and not closed."""
    inodes = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = os.readlink(entry)  # noqa: PTH115 - not a path: socket:[inode]
        except FileNotFoundError:
            continue
        if target.startswith("socket:["):
            inodes.add(target[8:-1])
    rows = (line.split() for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:])
    return sum(row[1].endswith(f":{port:04X}") and row[3] == "01" and row[9] in inodes for row in rows)
