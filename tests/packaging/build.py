"""``python -m tests.packaging.build FOLDER``: wheel and source distribution of the files under version control.

They are built from a copy, so that nothing else that lies about in the folder gets in: private articles, say.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.helpers import ROOT


def tracked() -> set[str]:
    """The files of the project: under version control, or new and not ignored."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return {name for name in found.split("\0") if name and (ROOT / name).is_file()}


def build(into: Path) -> tuple[Path, Path]:
    """Build both into a folder and return the paths of wheel and source distribution."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "copydesk"
        for name in tracked():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, source / name)
        # the wheel is made from the source distribution, as an index's users may make it
        made = subprocess.run(
            [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(into.absolute()), str(source)],
            capture_output=True,
            text=True,
            check=False,
        )
    assert made.returncode == 0, made.stdout[-4000:] + made.stderr[-4000:]
    assert "_Warning" not in made.stdout + made.stderr, made.stdout[-4000:]
    (wheel,), (sdist,) = into.glob("*.whl"), into.glob("*.tar.gz")
    return wheel, sdist


if __name__ == "__main__":
    for path in build(Path(sys.argv[1])):
        print(f"{path} ({path.stat().st_size:,} bytes)")
