"""What the workers of one service know of each other: a private folder, a file for each worker in it."""

import json
import logging
import os
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

from classifier.errors import NO_MEMORY
from classifier.service.process.live import LiveModel, State
from classifier.store.registry import Registry

#: Key of the `Workers` among an app's extensions.
WORKERS = "copydesk_workers"
LOOK_SECONDS = 0.1
PUBLISH_SECONDS = 1.0  # a state that is older is written again: somebody may have cleared the folder
_STATE = "worker-{}.json"
_log = logging.getLogger(__name__)


class Workers:
    """The workers of a service, as one of them sees them.

    Without a folder, as in a server that is not ours, a worker knows only itself.

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
        #: Returns the process ids of the workers that take calls, this one included.
        self.pids: Callable[[], set[int]] = lambda: {os.getpid()}
        self._publishing = threading.Lock()
        self._publish_at = 0.0
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
        """Write down what this worker serves, for others to read. If that fails, the next look tries again."""
        if not self.folder:
            return
        path = self.folder / _STATE.format(os.getpid())
        beside = path.with_suffix(".new")
        with self._publishing:  # or an older state could be written over a newer one
            self._publish_at = time.monotonic() + PUBLISH_SECONDS
            try:
                beside.write_text(json.dumps({"pid": os.getpid(), **self._live.state.to_json()}), encoding="utf-8")
                beside.replace(path)
            except OSError as error:  # a full disk: this worker answers all the same
                self._publish_at = 0.0
                if error.strerror != self._why_not:
                    _log.warning("the state of this worker cannot be written to %s: %s", self.folder, error.strerror)
                self._why_not = error.strerror
            else:
                self._why_not = None

    def states(self) -> list[dict[str, Any]]:
        """Return what each worker that is alive serves: its ``pid`` and the fields of `State`."""
        own = {"pid": os.getpid(), **self._live.state.to_json()}
        if not self.folder:
            return [own]
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
        """Follow the registry."""
        if self._live.follow() or time.monotonic() >= self._publish_at:
            self.publish()
        for call in self.on_look:
            call()

    def wait_for(self, generation: str, seconds: float) -> bool:
        """Wait until every worker has looked at a generation of the registry; return whether all serve it in time."""
        until = time.monotonic() + seconds
        while True:
            states = self.states()
            looked = [state for state in states if state["generation"] == generation]
            if looked == states and self.pids() <= {state["pid"] for state in states}:
                return all(state["refused"] is None for state in states)
            if time.monotonic() > until:
                return False
            time.sleep(LOOK_SECONDS / 4)


def start_looking(workers: Workers) -> None:
    """Publish what this worker serves, because it is ready, and have a thread call `Workers.look` ten times a second.

    The thread ends when nobody else holds the workers any more.
    """
    workers.publish()
    threading.Thread(target=_look_on, args=(weakref.ref(workers),), name="copydesk-look", daemon=True).start()


def _look_on(workers: "Callable[[], Workers | None]") -> None:
    reported = None
    while True:
        time.sleep(LOOK_SECONDS)
        held = workers()
        if held is None:
            return
        try:
            held.look()
            reported = None
        except MemoryError:
            if reported is None:
                _log.error("the look for changes of the live model failed: %s; the service keeps trying", NO_MEMORY)
            reported = NO_MEMORY
        except Exception as error:  # whatever it is, the next look may do better
            if repr(error) != reported:
                _log.exception("looking for changes of the live model failed; the service keeps trying")
            reported = repr(error)
        del held


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
