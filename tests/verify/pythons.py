"""``make verify-pythons``: the suite on each Python that Copydesk supports and this machine can have.

A Python of the machine is used as it is. The others are looked for in Debian's suite "testing", which is put into a
folder of its own with debootstrap (as root, on Debian, 2 GB); nothing of it is installed on the machine. A Python that
cannot be had is named, and does not fail the run. Arguments go to pytest.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
SUITE = "testing"
#: What the tests start; without it they are skipped.
_PROGRAMS = ("curl", "nginx-light", "openssl", "postgresql", "redis-server", "wrk")
#: So that packages are found as on the machine.
_OF_THE_MACHINE = ("etc/resolv.conf", "etc/hosts", "etc/pip.conf", "etc/ssl/certs/ca-certificates.crt")


def main(arguments: Sequence[str]) -> int:
    """Run the suite on each Python, print how it went, and return 1 if any failed."""
    here = {version: path for version in PYTHONS if (path := _interpreter(version))}
    results = {version: _run(version, path, ROOT / f".venv-{version}", arguments) for version, path in here.items()}
    missing = [version for version in PYTHONS if version not in here]
    results |= _in_debian(missing, arguments) if missing else {}
    print("\nPython  result")
    for version in PYTHONS:
        print(f"{version:<7} {results[version]}")
    return int(any(result.startswith("failed") for result in results.values()))


def _interpreter(version: str) -> str | None:
    """Return the path of a Python that can make environments."""
    path = shutil.which(f"python{version}")
    if path is None:
        return None
    usable = subprocess.run([path, "-c", "import ensurepip, venv"], capture_output=True, check=False)
    return path if usable.returncode == 0 else None


def _run(version: str, python: str, venv: Path, arguments: Sequence[str], *, root: Path | None = None) -> str:
    """Install the project with its tests in a new environment and run them; ``root`` is a folder to run in."""
    print(f"\n== Python {version}{f' of Debian {SUITE}' if root else ''} ==", flush=True)
    inside = [] if root is None else ["chroot", str(root)]
    project = ROOT if root is None else Path("/copydesk")
    installed = ["-m", "pip", "install", "--quiet", "-c", f"{project}/constraints.txt", "-e", f"{project}[test]"]
    for command in (
        [python, "-m", "venv", "--clear", str(venv)],
        [str(venv / "bin" / "python"), *installed],
        ["env", "-C", str(project), str(venv / "bin" / "python"), "-m", "pytest", *arguments],
    ):
        done = subprocess.run([*inside, *command], check=False)
        if done.returncode:
            step = " ".join(Path(part).name if part.startswith("/") else part for part in command[:5])
            return f"failed: {step} ended with {done.returncode}"
    return f"passed{f', on Debian {SUITE}' if root else ''}"


def _in_debian(versions: Sequence[str], arguments: Sequence[str]) -> dict[str, str]:
    """Run the suite on Pythons of Debian's suite."""
    if os.geteuid() != 0 or shutil.which("debootstrap") is None:
        return dict.fromkeys(
            versions, "not run: not on this machine; as root, with debootstrap, it is looked for in Debian"
        )
    results = {}
    with _debian() as root:
        for version in versions:
            packages = [f"python{version}-venv", f"python{version}-dev"]
            if _apt(root, "install", *packages):
                results[version] = _run(version, f"python{version}", Path(f"/venv-{version}"), arguments, root=root)
            else:
                results[version] = f"not run: neither on this machine nor in Debian {SUITE}"
    return results


@contextmanager
def _debian() -> Iterator[Path]:
    """Make a folder with Debian's suite, the tests' programs and the project; it is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="copydesk-debian-", dir="/var/tmp"))
    mounted = []
    try:
        packages = ",".join(("ca-certificates", "gcc", "git", "make"))
        subprocess.run(
            ["debootstrap", "--variant=minbase", f"--include={packages}", SUITE, str(folder)],
            stdout=subprocess.DEVNULL,
            check=True,
        )
        for kind, place in (("proc", "proc"), ("tmpfs", "dev/shm")):
            subprocess.run(["mount", "-t", kind, kind, str(folder / place)], check=True)
            mounted.append(folder / place)
        for name in _OF_THE_MACHINE:
            if Path("/", name).is_file():
                shutil.copyfile(Path("/", name), folder / name)
        (folder / "usr/sbin/policy-rc.d").write_text("#!/bin/sh\nexit 101\n")  # starts no service
        (folder / "usr/sbin/policy-rc.d").chmod(0o755)
        if not (_apt(folder, "update") and _apt(folder, "install", *_PROGRAMS)):
            print(f"not all of {', '.join(_PROGRAMS)} can be had: tests that need them are skipped")
        _copy_project(folder / "copydesk")
        yield folder
    finally:
        for place in reversed(mounted):
            subprocess.run(["umount", "--lazy", str(place)], check=True)
        shutil.rmtree(folder)


def _copy_project(into: Path) -> None:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, names.split("\0")):
        (into / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, into / name)


def _apt(root: Path, *command: str) -> bool:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    apt = ["chroot", str(root), "apt-get", "-qq", "-y", "--no-install-recommends", *command]
    return subprocess.run(apt, env=environment, capture_output=True, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
