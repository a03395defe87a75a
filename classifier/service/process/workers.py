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
from classifier.service.process.live import State
from classifier.service.process.sets import LiveSets

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
    sets : LiveSets
        What this worker serves.
    folder : Path, optional
        The folder that the workers share.
    """

    def __init__(self, sets: LiveSets, folder: Path | None) -> None:
        self.sets = sets
        self.folder = folder
        #: Called ten times a second, after the look at the registry.
        self.on_look: list[Callable[[], None]] = []
        #: Returns the process ids of the workers that take calls, this one included.
        self.pids: Callable[[], set[int]] = lambda: {os.getpid()}
        self._publishing = threading.Lock()
        self._publish_at = 0.0
        self._why_not: str | None = None

    @property
    def models_count(self) -> int:
        """The number of sets that this worker has a model for."""
        return self.sets.models_count

    def state(self, name: str) -> State:
        """Return what this worker serves of a set."""
        return self.sets.by_name[name].state

    def _own(self) -> dict[str, Any]:
        states = {name: live.state.to_json() for name, live in self.sets.by_name.items()}
        return {"pid": os.getpid(), "sets": states}

    def publish(self) -> None:
        """Write down what this worker serves, for others to read. If that fails, the next look tries again."""
        if not self.folder:
            return
        path = self.folder / _STATE.format(os.getpid())
        beside = path.with_suffix(".new")
        with self._publishing:  # or an older state could be written over a newer one
            self._publish_at = time.monotonic() + PUBLISH_SECONDS
            try:
                beside.write_text(json.dumps(self._own(), allow_nan=False), encoding="utf-8")
                beside.replace(path)
            except OSError as error:  # a full disk: this worker answers all the same
                self._publish_at = 0.0
                if error.strerror != self._why_not:
                    _log.warning("the state of this worker cannot be written to %s: %s", self.folder, error.strerror)
                self._why_not = error.strerror
            else:
                self._why_not = None

    def states(self, name: str | None = None) -> list[dict[str, Any]]:
        """Return what each worker that is alive serves, by default of every set.

        Each state has the worker's ``pid``, the ``set``, and the fields of `State`.
        """
        return [
            {"pid": worker["pid"], "set": each, **state}
            for worker in self._all()
            for each, state in worker["sets"].items()
            if name in (None, each)
        ]

    def _all(self) -> list[dict[str, Any]]:
        if not self.folder:
            return [self._own()]
        found = []
        for path in sorted(self.folder.glob(_STATE.format("*"))):
            try:
                worker = json.loads(path.read_text(encoding="utf-8"))
            except FileNotFoundError:  # another worker has just cleared it away
                continue
            if _alive(worker["pid"]):
                found.append(worker)
            else:
                path.unlink(missing_ok=True)
        return found

    def look(self) -> None:
        """Follow what is promoted in each set."""
        if self.sets.follow() or time.monotonic() >= self._publish_at:
            self.publish()
        for call in self.on_look:
            call()

    def wait_for(self, name: str, generation: str, seconds: float) -> bool:
        """Wait until every worker has looked at a generation of a set; return whether all serve it in time."""
        until = time.monotonic() + seconds
        while True:
            states = self.states(name)
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
                _log.error("looking for changes of the live model failed: %s; the service keeps trying", NO_MEMORY)
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
