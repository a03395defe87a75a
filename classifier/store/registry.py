"""The folder models/: its versions, the current one, promotion and rollback."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex

from classifier.errors import (
    ModelError,
    ModelsFolderError,
    NoModelError,
    NotPromotedError,
    shown,
    unreadable_as,
)
from classifier.store.files import UNFINISHED_PREFIX, flush_to_disk, read_manifest
from classifier.store.history import Promotion, no_earlier, read_history, read_text, version_before
from classifier.store.manifest import Manifest
from classifier.store.probe import load_probed
from classifier.store.sets import CURRENT_FILE, VERSION, set_folders

HISTORY_FILE = "HISTORY.jsonl"
RELOAD_FILE = ".reload"
#: The next line of the history, written before CURRENT: it completes a change that was killed in between.
INTENT_FILE = ".intent"
_LOCK_FILE = ".lock"
#: Stands for any version that is live.
_ANY = "*"


class Registry:
    """The models in a folder. Only a version that loads and scores a probe can become current."""

    def __init__(self, models: Path) -> None:
        self.models = models

    def versions(self) -> list[str]:
        """Return the versions in the folder, oldest first."""
        if not self.models.is_dir():
            return []
        return sorted(path.name for path in self.models.iterdir() if path.is_dir() and VERSION.fullmatch(path.name))

    def current(self) -> str | None:
        """Return the version that is live, or None if none was ever promoted.

        Raises
        ------
        ModelError
            If the file CURRENT cannot be read, or does not name a version.
        """
        path = self.models / CURRENT_FILE
        if not path.exists():
            return None
        with unreadable_as(ModelError, f"{path} cannot be read"):
            version = path.read_text(encoding="utf-8", errors="replace").strip()
        if not VERSION.fullmatch(version):
            raise ModelError(
                f"{path} does not contain the name of a version. Fix: run “copydesk models promote VERSION”"
            )
        return version

    def _readable_current(self) -> str | None:
        """Return the live version, or None if CURRENT does not name one: the next promotion replaces the file.

        Raises
        ------
        ModelError
            If the file is there and cannot be read: then nobody can tell what is live.
        """
        version = read_text(self.models / CURRENT_FILE).strip()
        return version if VERSION.fullmatch(version) else None

    def folder(self, version: str | None = None) -> Path:
        """Return the folder of a version, by default the current one.

        Raises
        ------
        NoModelError
            If there is no such version, or none is current.
        ModelError
            As `current`.
        """
        name = version or self.current()
        if name is None:
            raise self._nothing_live()
        if not VERSION.fullmatch(name) or not (self.models / name).is_dir():
            self.require_folder()
            fix = "choose one that “copydesk models” lists" if self.versions() else "run “copydesk train” to train one"
            raise NoModelError(f"the folder {self.models} has no version {shown(name)}. Fix: {fix}")
        return self.models / name

    def _nothing_live(self) -> NoModelError:
        if sets := [name for name, folder in set_folders(self.models, live=True).items() if folder != self.models]:
            return NoModelError(
                f"the folder {self.models} has no live model of its own, but sets of models: {', '.join(sets)}. "
                f"Fix: use the folder of one of them, such as {self.models / sets[0]}"
            )
        self.require_folder()
        return NoModelError(
            f"the folder {self.models} has no live model. "
            "Fix: run “copydesk train”, or “copydesk models promote VERSION” if it has versions"
        )

    def require_folder(self) -> None:
        """Refuse a folder of models that does not exist.

        Raises
        ------
        NoModelError
            If it does not exist, or is a file.
        """
        if not self.models.is_dir():
            problem = "is a file, not a folder" if self.models.exists() else "does not exist"
            raise NoModelError(
                f"the folder of models, {self.models}, {problem}. Fix: correct the path, or run “copydesk train”, "
                "which creates the folder and a model in it"
            )

    def generation(self) -> str:
        """Return a text that changes with each promotion, rollback and `ask_for_reload`, and with nothing else.

        A running service compares it to notice a change.
        """
        return "\n".join(read_text(self.models / name).strip() for name in (CURRENT_FILE, RELOAD_FILE))

    def ask_for_reload(self) -> None:
        """Make every running service read the current model again, although its name is the same.

        Raises
        ------
        ModelError
            If the folder cannot be written to.
        """
        with self._locked():
            self._replace(RELOAD_FILE, f"{_now()} {token_hex(8)}")

    def manifest(self, version: str) -> Manifest:
        """Return the manifest of a version without checking its other files."""
        return read_manifest(self.folder(version))

    def history(self) -> list[Promotion]:
        """Return all promotions and rollbacks, oldest first; a truncated last line is left out.

        Raises
        ------
        ModelError
            If any other line is not a valid entry.
        """
        return read_history(self.models / HISTORY_FILE)

    def versions_ever(self) -> frozenset[str]:
        """Return the versions in the folder, and the removed versions that were live once.

        Raises
        ------
        ModelError
            As `history`.
        """
        removed = {version for entry in self.history() for version in (entry.version, entry.previous) if version}
        return frozenset(removed | set(self.versions()))

    def promote(
        self, version: str, action: str = "promote", forced: bool = False, note: str = "", over: str | None = _ANY
    ) -> None:
        """Make a version current, after verifying every byte of it and having it score a probe.

        Parameters
        ----------
        version : str
        action : str
            The word for the history.
        forced, note
            See `Promotion`.
        over : str, optional
            The version that must be live, None for no version. By default any version may be.

        Raises
        ------
        ModelError
            If the version is missing, damaged or does not score. The current version stays.
        NotPromotedError
            If a version other than ``over`` is live. It stays.
        """
        load_probed(self.folder(version))
        with self._locked():
            live = self._readable_current()
            if over not in (_ANY, live):
                raise NotPromotedError(
                    f"it was compared with {over or 'no model'}, but {live or 'no version'} has gone live since. "
                    f"Fix: train again, or make it live anyway with “copydesk models promote {version}”"
                )
            self._make_current(version, action, forced, note)

    def rollback(self, note: str = "") -> str:
        """Make the previous version current, and return it; the history keeps the note.

        Raises
        ------
        NoEarlierModelError
            If there is no previous version.
        NoModelError
            If the folder does not exist, or no version is live.
        ModelError
            If the previous version is missing, damaged or does not score. The current version stays.
        """
        if self._readable_current() is None and not self.history():
            raise self._nothing_live()
        with self._locked():
            version = version_before(self.history())
            if version is None:
                raise no_earlier(self.models, self.history(), self.versions())
            load_probed(self.folder(version))
            self._make_current(version, "rollback", note=note)
        return version

    def _make_current(self, version: str, action: str, forced: bool = False, note: str = "") -> None:
        entry = Promotion(_now(), action, version, self._readable_current(), forced, note)
        self._replace(INTENT_FILE, entry.to_line())
        self._replace(CURRENT_FILE, version)
        but = f"{version} is live now, but {self.models / HISTORY_FILE} cannot be written to"
        with unreadable_as(ModelsFolderError, but):
            self._append(entry)

    def _replace(self, name: str, line: str) -> None:
        """Replace a file of one line atomically: a reader finds the old line or the new one."""
        new = self.models / f"{name}.new"
        new.write_text(line + "\n", encoding="utf-8")
        flush_to_disk(new)
        os.replace(new, self.models / name)  # noqa: PTH105 - atomic, and says so
        flush_to_disk(self.models)

    def _append(self, entry: Promotion) -> None:
        path = self.models / HISTORY_FILE
        with path.open("a", encoding="utf-8") as file:
            file.write(entry.to_line() + "\n")
        flush_to_disk(path)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Lock the folder against changes by other processes, and complete a change that was killed."""
        with (
            unreadable_as(ModelsFolderError, f"{self.models} cannot be written to"),
            (self.models / _LOCK_FILE).open("w") as lock,
        ):
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._complete_history()
            yield

    def _complete_history(self) -> None:
        """Drop a truncated last line, and add the line of a promotion or rollback that was killed before writing it."""
        history = self.history()
        text = read_text(self.models / HISTORY_FILE)
        if text and not text.endswith("\n"):
            self._replace(HISTORY_FILE, "\n".join(entry.to_line() for entry in history))
        current = self._readable_current()
        recorded = history[-1].version if history else None
        if current in (None, recorded):
            return
        entry = self._intent()
        if (
            entry is None or entry.version != current or entry in history
        ):  # an older version, or a person, wrote CURRENT
            action = "rollback" if current == version_before(self.history()) else "promote"
            entry = Promotion(_now(), action, current, recorded)
        self._append(entry)

    def _intent(self) -> Promotion | None:
        try:
            return Promotion.from_line(read_text(self.models / INTENT_FILE))
        except ValueError:
            return None

    def remove_unfinished(self) -> None:
        """Delete the unfinished folders of training runs that were killed while writing a model.

        Folders that changed within the last day are kept, because another run may be writing them.
        """
        if not self.models.is_dir():
            return
        a_day_ago = datetime.now(UTC).timestamp() - 86_400
        for path in self.models.iterdir():
            if path.name.startswith(UNFINISHED_PREFIX) and path.stat().st_mtime < a_day_ago:
                shutil.rmtree(path, ignore_errors=True)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
