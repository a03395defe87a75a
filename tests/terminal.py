"""A command in a real terminal of a given width, or with its output in a pipe."""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
import threading

from tests.helpers import ROOT, environment


def run_in_terminal(*args: object, columns: int = 80) -> tuple[int, str]:
    """Run ``python ARGS`` with a terminal as its three streams; return the exit code and what stood on the screen."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    variables = environment(TERM="xterm-256color")
    for name in ("COLUMNS", "LINES", "NO_COLOR"):
        variables.pop(name, None)
    seen = bytearray()
    reader = threading.Thread(target=_read, args=(ours, seen))
    reader.start()
    command = [sys.executable, *map(str, args)]
    process = subprocess.Popen(command, cwd=ROOT, env=variables, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    code = process.wait(timeout=120)
    reader.join(timeout=10)
    os.close(ours)
    return code, seen.decode("utf-8").replace("\r\n", "\n")


def _read(terminal: int, seen: bytearray) -> None:
    while True:
        try:
            data = os.read(terminal, 65_536)
        except OSError:  # the other end is closed
            return
        if not data:
            return
        seen += data
