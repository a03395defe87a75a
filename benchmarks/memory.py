"""The most memory that a process has held."""

import resource
import sys
from pathlib import Path

_STATUS = Path("/proc/self/status")


def peak_bytes() -> int:
    """Return the peak resident memory of this process.

    On Linux a new process starts with the ``ru_maxrss`` of the one that started it, so a large parent (a run of pytest,
    say) would hide what the child takes. VmHWM counts from the child's own beginning.
    """
    if _STATUS.exists():
        for line in _STATUS.read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
