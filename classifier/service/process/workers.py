"""What the processes of one service know of each other: a private folder, a file for each worker in it."""

import json
import logging
import os
import signal
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

from classifier.service.process.live import LiveModel, State
from classifier.store.registry import Registry

#: Names the folder, in the environment of the workers.
RUN_FOLDER = "COPYDESK_RUN_FOLDER"
#: The id of the process that watches the workers.
WATCHER = "COPYDESK_WATCHER"
#: Key of the `Workers` among an app's extensions.
WORKERS = "copydesk_workers"
LOOK_SECONDS = 0.1
_STATE = "worker-{}.json"
_DRAINING = "draining"
_LOST_SECONDS = 2.0
_log = logging.getLogger(__name__)


class Workers:
    """The workers of a service, as one of them sees them.

    Without a folder, as where the app runs in a server that is not ours, a worker knows only itself.

    Parameters
    ----------
    live : LiveModel
        What this worker serves.
    folder : Path, optional
        The folder that the workers share.
    """

    def __init__(self, live: LiveModel, folder: Path | None) -> None:
        self._live = live
        self.folder = folder
        #: Called ten times a second, after the look at the registry.
        self.on_look: list[Callable[[], None]] = []
        #: True once the service is going to stop: connections are to be closed after their next answer.
        self.draining = False
        self._published = False
        self._why_not: str | None = None

    @property
    def registry(self) -> Registry:
        """The models."""
        return self._live.registry

    @property
    def state(self) -> State:
        """What this worker serves."""
        return self._live.state

    def publish(self) -> None:
        """Write down what this worker serves, for the others to read; what fails is tried again at the next look."""
        if not self.folder:
            return
        path = self.folder / _STATE.format(os.getpid())
        beside = path.with_suffix(f".{threading.get_ident()}.new")
        self._published = True  # before the state is read, so that what another thread meets is not forgotten
        try:
            beside.write_text(json.dumps({"pid": os.getpid(), **self._live.state.to_json()}), encoding="utf-8")
            beside.replace(path)
        except OSError as error:  # a full disk: this worker answers all the same
            self._published = False
            if error.strerror != self._why_not:
                _log.warning("what this worker serves cannot be written to %s: %s", self.folder, error.strerror)
            self._why_not = error.strerror
        else:
            self._why_not = None

    def states(self) -> list[dict[str, Any]]:
        """Return what each worker that is alive serves: its ``pid`` and the fields of `State`."""
        if not self.folder:
            return [{"pid": os.getpid(), **self._live.state.to_json()}]
        states = []
        for path in sorted(self.folder.glob(_STATE.format("*"))):
            try:
                state = json.loads(path.read_text(encoding="utf-8"))
            except FileNotFoundError:  # another worker has just cleared it away
                continue
            if _alive(state["pid"]):
                states.append(state)
            else:
                path.unlink(missing_ok=True)
        return states

    def look(self) -> None:
        """Follow the registry, and see whether the service is to stop."""
        if self._live.follow() or not self._published:
            self.publish()
        if self.folder and not self.draining:
            self.draining = (self.folder / _DRAINING).exists()
        for call in self.on_look:
            call()

    def wait_for(self, generation: str, seconds: float) -> bool:
        """Wait until every worker has looked at a generation of the registry; say whether they all have in time."""
        until = time.monotonic() + seconds
        while any(state["generation"] != generation for state in self.states()):
            if time.monotonic() > until:
                return False
            time.sleep(LOOK_SECONDS / 4)
        return True


def run_folder() -> Path | None:
    """Return the folder that the workers of this service share, or None where the server is not ours."""
    name = os.environ.get(RUN_FOLDER)
    return Path(name) if name else None


def start_looking(workers: Workers) -> None:
    """Publish what this worker serves, for it is ready, and have a thread call `Workers.look` ten times a second.

    The thread ends when nobody else holds the workers any more.
    """
    workers.publish()
    parent = None
    if WATCHER in os.environ:
        parent = int(os.environ[WATCHER])  # not getppid(): it may have died already
        os.setpgid(0, 0)  # a terminal's Ctrl-C is for the process that then stops the workers in good order
    threading.Thread(target=_look_on, args=(weakref.ref(workers), parent), name="copydesk-look", daemon=True).start()


def _look_on(workers: "Callable[[], Workers | None]", parent: int | None) -> None:
    told = None
    while True:
        time.sleep(LOOK_SECONDS)
        held = workers()
        if held is None:
            return
        try:
            held.look()
            told = None
        except Exception as error:  # whatever it is, the next look may do better, and the end below is to be noticed
            if repr(error) != told:
                _log.exception("a look at models and folder failed; it is tried again all the time")
            told = repr(error)
        del held
        if (
            parent is not None and os.getppid() != parent
        ):  # the process that held the port was killed: do not outlive it
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(_LOST_SECONDS)


def has_published(folder: Path, pid: int) -> bool:
    """Say whether a worker got as far as to say what it serves."""
    return (folder / _STATE.format(pid)).exists()


def announce_drain(folder: Path) -> None:
    """Tell every worker that the service is going to stop; where that cannot be written down it stops untold."""
    try:
        (folder / _DRAINING).touch()
    except OSError as error:
        _log.warning("the workers are not told of the stop, %s: %s", folder / _DRAINING, error.strerror)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
