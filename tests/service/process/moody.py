"""A service whose workers start as files say.

Not while there is one named ``hold``, never while ``die`` is there, and for a moment only while ``faint`` is there.
"""

import os
import sys
import threading
import time
from pathlib import Path

from classifier.service.app import create_app as create
from classifier.settings import Settings

#: Names the folder of the files, in the environment.
FOLDER = "MOODY_FOLDER"


def create_app():
    folder = Path(os.environ[FOLDER])
    while (folder / "hold").exists():
        time.sleep(0.02)
    if (folder / "die").exists():
        raise RuntimeError("as the file says")
    if (folder / "faint").exists():
        threading.Timer(0.5, os._exit, (1,)).start()
    return create()


if __name__ == "__main__":
    from classifier.service.serve import serve

    given = {name.removeprefix("--"): value for name, value in zip(sys.argv[1::2], sys.argv[2::2], strict=True)}
    serve(Settings.load(given), print, "tests.service.process.moody:create_app")
