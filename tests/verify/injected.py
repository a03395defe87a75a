"""Make every call fail in turn, over loading, promoting, rolling back, training and feedback, and check what is left.

``python -m tests.verify.injected`` tries every call; ``--every 20`` only each twentieth.
"""

import fcntl
import json
import os
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from tests.driver.injection import ERRORS, LIMITS, Fault, Injector
from tests.verify.operations import OPERATIONS, Operation
from tests.verify.scene import (
    Ready,
    Scene,
    acknowledged_in,
    enter,
    make_scene,
    missing_feedback,
    problems_of,
    write_before,
)

MOST_ALLOCATIONS = 400  # function calls of one operation that fail in turn
_LASTING = {"open", "read", "write", "fsync", "rename", "database"}
_UNEXPECTED = 70
_PIPE_BYTES = 1 << 20
#: One of them is in the last line of whatever was refused; the second is click's, for a file on the command line.
_SENTENCES = "Fix: ", "Error: Invalid value", "closed without an answer"


@dataclass(frozen=True)
class Ended:
    """How an operation ended: its exit code, its output, the calls that it made, and whether one of them failed."""

    code: int
    out: str
    err: str
    counts: dict[str, int]
    has_failed: bool


def run_apart(operation: Operation, scene: Scene, ready: Ready, fault: Fault | None) -> Ended:
    """Run an operation in a copy of this process."""
    pipes = [os.pipe() for _ in range(3)]
    pid = os.fork()
    if not pid:
        _become(operation, scene, ready, fault, [writing for _, writing in pipes])
    texts = []
    for reading, writing in pipes:
        os.close(writing)
        fcntl.fcntl(reading, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)  # it takes all output, whichever is read first
    for reading, _ in pipes:
        with os.fdopen(reading, "rb") as pipe:
            texts.append(pipe.read().decode("utf-8", "replace"))
    _, status = os.waitpid(pid, 0)
    out, err, told = texts
    facts = json.loads(told) if told else {"counts": {}, "has_failed": True}
    return Ended(os.waitstatus_to_exitcode(status), out, err, facts["counts"], facts["has_failed"])


def _become(operation: Operation, scene: Scene, ready: Ready, fault: Fault | None, pipes: list[int]) -> None:
    code, write = _UNEXPECTED, os.write
    injector = Injector(fault)
    try:
        os.dup2(pipes[0], 1)
        os.dup2(pipes[1], 2)
        enter(scene)
        injector.install()
        operation.run(scene, ready, injector)
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else _UNEXPECTED
    except BaseException:
        injector.disarm()
        traceback.print_exc()
    finally:
        try:
            injector.disarm()
            sys.stdout.flush()
            sys.stderr.flush()
            write(pipes[2], json.dumps({"counts": injector.counts, "has_failed": injector.has_failed}).encode())
        finally:
            os._exit(code)


def faults_of(operation: Operation, counts: dict[str, int]) -> Iterator[Fault]:
    """Yield each fault that an operation with these calls can meet."""
    for kind, limits in operation.limits.items():
        for limit in limits:
            yield Fault(kind, limit, ERRORS[kind][0])
    for kind, n in counts.items():
        step = max(1, n // MOST_ALLOCATIONS) if kind == "allocation" else 1
        for at in range(0, n, step):
            for error in ERRORS[kind]:
                yield Fault(kind, at, error)
                if kind in _LASTING:
                    yield Fault(kind, at, error, lasting=True)


def problems_after(operation: Operation, scene: Scene, ended: Ended, fault: Fault) -> list[str]:
    """Return everything that is wrong after a fault."""
    found = []
    lines = [line for line in ended.err.splitlines() if line.strip()]
    if ended.code not in (0, 2):
        found.append(f"exit code {ended.code}")
    if ended.code and not (lines and any(word in lines[-1] for word in _SENTENCES)):
        found.append("the last line is no sentence with a next step")
    found += [f"the output has “{word}”" for word in ("Traceback", "unexpected") if word in ended.err]
    versions = scene.registry.versions()
    allowed: set[str | None] = {scene.versions[at] for at in operation.live}
    if operation.written:
        allowed |= set(versions) - set(scene.versions)
    clears_up = fault.lasting or fault.kind in ("open", "allocation")
    found += problems_of(scene, allowed, may_leave_folders=clears_up)
    found += missing_feedback(scene, acknowledged_in(ended.out))
    return [f"{problem} [exit {ended.code}; {' / '.join(lines[-16:])[:1_600]}]" for problem in found]


@click.command()
@click.option("--every", type=click.IntRange(min=1), default=1, show_default=True, help="Try only each n-th fault.")
@click.option("--operation", type=click.Choice(list(OPERATIONS)), multiple=True, help="Only these operations.")
@click.option("--least", type=int, default=0, help="Fail if fewer faults were injected.")
@click.option("--show", is_flag=True, help="Print each fault, and the last line of what the operation printed.")
def injected(every: int, operation: tuple[str, ...], least: int, show: bool) -> None:
    """Make the calls of every operation fail in turn, and check what is left."""
    n_problems = total = 0
    with tempfile.TemporaryDirectory(prefix="faults-") as name:
        (Path(name) / "scene").mkdir()
        scene, ready = make_scene(Path(name) / "scene")
        write_before(scene)
        for title in operation or OPERATIONS:
            chosen = OPERATIONS[title]
            plain = run_apart(chosen, scene.copied(Path(name) / "copy"), ready, None)
            if plain.code:
                raise click.ClickException(f"{title} fails without a fault: {plain.err}")
            ends: Counter[str] = Counter()
            for fault in list(faults_of(chosen, plain.counts))[::every]:
                copy = scene.copied(Path(name) / "copy")
                ended = run_apart(chosen, copy, ready, fault)
                if not (ended.has_failed or (fault.kind in LIMITS and ended.code)):
                    ends["not reached"] += 1
                    continue
                ends["refused" if ended.code else "done"] += 1
                found = problems_after(chosen, copy, ended, fault)
                for problem in found:
                    click.echo(f"{title}, {fault}: {problem}")
                n_problems += len(found)
                if show:
                    click.echo(f"{title}, {fault}: {ended.code} {(ended.err.splitlines() or [''])[-1]}")
            total += ends["refused"] + ends["done"]
            counts = ", ".join(f"{n} {end}" for end, n in sorted(ends.items()))
            click.echo(f"{title}: {sum(ends.values()):,} faults: {counts}; calls: {dict(plain.counts)}")
    click.echo(f"{total:,} faults injected, {n_problems:,} problems")
    if n_problems or total < least:
        raise click.exceptions.Exit(1)


if __name__ == "__main__":
    injected()
