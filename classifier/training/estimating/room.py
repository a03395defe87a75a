"""The memory and the disk that this process may still use."""

import shutil
from pathlib import Path

_MEMORY = Path("/proc/meminfo")
_STATUS = Path("/proc/self/status")
_GROUPS = Path("/proc/self/cgroup")
_CGROUPS = Path("/sys/fs/cgroup")
_KIB = 1024


def memory_for_all() -> int | None:
    """Return the bytes that this process may have in all: its own and the available ones; None if nobody knows.

    They are those of the machine, or fewer if its control group (of a container, or of a systemd unit) allows fewer.
    """
    machine, own = _field(_MEMORY, "MemAvailable"), _field(_STATUS, "VmRSS")
    if machine is None or own is None:
        return None
    return min([machine + own, *(left + own for left in _left_in_groups())])


def disk_left(folder: Path) -> int:
    """Return the bytes that are free on the disk of a folder."""
    return shutil.disk_usage(folder).free


def _field(file: Path, name: str) -> int | None:
    """Return a field of a file of lines such as ``MemAvailable: 123 kB``, in bytes."""
    try:
        lines = file.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return None
    found = (line.partition(":")[2].split() for line in lines if line.startswith(f"{name}:"))
    return next((int(words[0]) * _KIB for words in found), None)


def _left_in_groups() -> list[int]:
    """Return what is left of the limit of each control group that this process is in."""
    try:
        lines = _GROUPS.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    left = []
    for line in lines:
        _, controllers, name = line.split(":", 2)
        if not controllers:  # version 2
            root, limit, used, cache = _CGROUPS, "memory.max", "memory.current", "inactive_file"
        elif "memory" in controllers.split(","):
            root, limit, used, cache = (
                _CGROUPS / "memory",
                "memory.limit_in_bytes",
                "memory.usage_in_bytes",
                "total_inactive_file",
            )
        else:
            continue
        group = root / name.lstrip("/")
        for folder in [group, *group.parents]:
            if (found := _left_in(folder, limit, used, cache)) is not None:
                left.append(found)
            if folder == root:
                break
    return left


def _left_in(folder: Path, limit: str, used: str, cache: str) -> int | None:
    """Return what a group may still use: files in its cache are given back when memory is short."""
    try:
        most, now = (folder / limit).read_text().strip(), int((folder / used).read_text())
        statistics = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
    except (OSError, ValueError):
        return None
    return max(0, int(most) - now + int(statistics.get(cache, 0))) if most.isdecimal() else None
