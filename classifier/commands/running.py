"""Running a command to its end, and the exit code that it gives.

0: done. 1: a check or the gate said no. 2: bad input or usage, or the machine lacks something, such as memory or space
on a disk. 3: an unexpected error. 130: interrupted by Ctrl-C.
"""

import os
import resource
import sys
import tempfile
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import NoReturn

import click

from classifier.commands.console import say
from classifier.commands.extras import remedy
from classifier.errors import NO_MEMORY, CopydeskError, reason_and_fix

BAD_INPUT = 2
UNEXPECTED = 3
INTERRUPTED = 130
#: As a shell reports a program that a closed pipe ended: 128 and the number of the signal, SIGPIPE.
_READER_GONE = 141
_MOST_OF_LIMIT = 0.6


def run_command(command: click.Command, name: str | None = None) -> NoReturn:
    """Run a command line to its end; whatever goes wrong becomes one message and an exit code, without a traceback.

    Parameters
    ----------
    command : click.Command
        The command, or the group of all commands.
    name : str, optional
        The program's name in usage lines; by default the name that it was called by.
    """
    sys.exit(_run(command, name))


def _run(command: click.Command, name: str | None) -> int:
    out = sys.stdout
    try:
        code = command.main(prog_name=name, standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return BAD_INPUT
    except (click.Abort, KeyboardInterrupt):
        say("Interrupted by Ctrl-C.")
        return INTERRUPTED
    except CopydeskError as error:
        message = str(error)
        say(f"{error.title}:\n{message}" if "\n" in message else f"{error.title}: {message}")
        return error.exit_code
    except ModuleNotFoundError as error:
        say(remedy(error) or _report(error))
        return BAD_INPUT if remedy(error) else UNEXPECTED
    except MemoryError:
        return _out_of_memory()
    except OSError as error:
        if _nears_limit():
            return _out_of_memory()
        named = f"{error.filename}: " if error.filename else ""
        say(f"A file cannot be read or written: {named}{reason_and_fix(error)}")
        return BAD_INPUT
    except SystemExit as stop:
        if sys.stdout is not out:  # click puts one that swallows errors in its place when its reader is gone
            return _READER_GONE
        return stop.code if isinstance(stop.code, int) else UNEXPECTED
    except Exception as error:
        if _nears_limit():
            return _out_of_memory()
        say(_report(error))
        return UNEXPECTED
    return code if isinstance(code, int) else 0


def _out_of_memory() -> int:
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    limit = "" if soft == resource.RLIM_INFINITY else f" (the limit, “ulimit -v”, is {soft >> 20:,} MiB)"
    say(f"The command cannot be completed{limit}: {NO_MEMORY}")
    return BAD_INPUT


def _nears_limit() -> bool:
    """Return whether this process got most of the memory that it may have: libraries then fail in all sorts of ways."""
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    if soft == resource.RLIM_INFINITY:
        return False
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    except OSError:  # no Linux
        return False
    peak = next((int(line.split()[1]) << 10 for line in status.splitlines() if line.startswith("VmPeak:")), 0)
    return peak > _MOST_OF_LIMIT * soft


def _report(error: Exception) -> str:
    """Write a traceback to a file, and return a sentence that names it.

    Messages of errors are left out, because they may quote an article.
    """
    lines = "".join(_traceback(error))
    kind = type(error).__name__
    try:
        handle, path = tempfile.mkstemp(prefix="copydesk-crash-", suffix=".txt")  # mode 0600
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(lines)
    except OSError:
        return f"{lines}Copydesk stopped because of an unexpected error ({kind}). Please report the traceback above."
    return (
        f"Copydesk stopped because of an unexpected error ({kind}). The traceback is in {path}; please report it. "
        "It holds no article text."
    )


def _traceback(error: BaseException) -> Iterator[str]:
    """Yield the lines of a traceback, causes first, with the kinds of the errors but not their messages."""
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None:
        yield from _traceback(before)
        yield "\nwhich led to:\n\n"
    frames: TracebackType | None = error.__traceback__
    yield from traceback.format_tb(frames)
    yield f"{type(error).__module__}.{type(error).__qualname__}\n"
