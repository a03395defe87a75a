"""models/: the versions, which one is current, promotion and rollback."""

import fcntl
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex

from classifier.errors import ModelError, NoModelError, NotPromotedError, shown, unreadable_as
from classifier.store.files import UNFINISHED_PREFIX, flush_to_disk, read_manifest, read_model
from classifier.store.manifest import Manifest

CURRENT_FILE = "CURRENT"
HISTORY_FILE = "HISTORY.jsonl"
RELOAD_FILE = ".reload"
#: The line that the history gets next, written before CURRENT is: what is known of a change that was killed between.
INTENT_FILE = ".intent"
_LOCK_FILE = ".lock"
#: No version has this name.
_ANY = "*"
_VERSION = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")


@dataclass(frozen=True)
class Promotion:
    """One line of the history: at what time which version became current, in place of which, and how.

    ``forced`` says that the promotion gate had refused it, ``note`` what the gate had to say.
    """

    time: str
    action: str
    version: str
    previous: str | None
    forced: bool = False
    note: str = ""


class Registry:
    """The models in a folder. Only a version that reads and verifies can become current."""

    def __init__(self, models: Path) -> None:
        self.models = models

    def versions(self) -> list[str]:
        """Return the versions in the folder, oldest first."""
        if not self.models.is_dir():
            return []
        return sorted(path.name for path in self.models.iterdir() if path.is_dir() and _VERSION.fullmatch(path.name))

    def current(self) -> str | None:
        """Return the version that is live, or None where none was ever promoted."""
        path = self.models / CURRENT_FILE
        if not path.exists():
            return None
        with unreadable_as(ModelError, f"{path} cannot be read"):
            version = path.read_text(encoding="utf-8", errors="replace").strip()
        if not _VERSION.fullmatch(version):
            raise ModelError(f"{path} does not name a version; promote one with “python -m classifier models promote”")
        return version

    def _readable_current(self) -> str | None:
        """Return what `current` does, and None for a file that names no version: a promotion replaces it."""
        try:
            return self.current()
        except ModelError:
            return None

    def folder(self, version: str | None = None) -> Path:
        """Return the folder of a version, by default the current one.

        Raises
        ------
        NoModelError
            If there is no such version, or none is current.
        """
        name = version or self.current()
        if name is None:
            raise NoModelError(f"{self.models} has no current model; train one with “python train.py”")
        if not _VERSION.fullmatch(name) or not (self.models / name).is_dir():
            raise NoModelError(f"{self.models} has no version {shown(name)}; see “python -m classifier models”")
        return self.models / name

    def generation(self) -> str:
        """Return what a running service compares to notice a change: the name in CURRENT and the last reload asked for.

        It changes with a promotion, a rollback and `ask_for_reload`, and with nothing else.
        """
        return "\n".join(_content(self.models / name).strip() for name in (CURRENT_FILE, RELOAD_FILE))

    def ask_for_reload(self) -> None:
        """Have every running service read the current model again, though its name is the same.

        Raises
        ------
        ModelError
            If the folder cannot be written to.
        """
        with self._locked():
            self._replace(RELOAD_FILE, f"{_now()} {token_hex(8)}")

    def manifest(self, version: str) -> Manifest:
        """Return the manifest of a version; its other files are not checked."""
        return read_manifest(self.folder(version))

    def history(self) -> list[Promotion]:
        """Return every promotion and rollback, oldest first, without a last line that was cut short.

        Raises
        ------
        ModelError
            If another line is not one that was written.
        """
        path = self.models / HISTORY_FILE
        text = _content(path)
        lines = text.splitlines()
        entries = []
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                entries.append(_promotion(line))
            except ValueError:
                if number == len(lines) and not text.endswith("\n"):
                    break
                raise ModelError(f"{path}:{number} is no entry of the history; mend or delete that line") from None
        return entries

    def promote(
        self, version: str, action: str = "promote", forced: bool = False, note: str = "", over: str | None = _ANY
    ) -> None:
        """Make a version current, after verifying every byte of it.

        ``over`` is the version that it was judged against, None where none could be read; by default that is not asked.

        Raises
        ------
        ModelError
            If the version is not there or not whole; the current one stays.
        NotPromotedError
            If another than ``over`` is current by now; it stays.
        """
        read_model(self.folder(version))
        with self._locked():
            live = self._readable_current()
            if over not in (_ANY, live):
                raise NotPromotedError(
                    f"it was held against {over or 'no model'}, but {live or 'no version'} is live by now; "
                    f"train again, or make it live all the same: python -m classifier models promote {version}"
                )
            self._make_current(version, action, forced, note)

    def rollback(self) -> str:
        """Make the version current that was so before the current one, and return it.

        Raises
        ------
        NoModelError
            If there is no earlier version to go back to.
        ModelError
            If the earlier version is not whole; the current one stays.
        """
        with self._locked():
            version = self._version_before()
            if version is None:
                raise NoModelError("there is no earlier version to roll back to; see “python -m classifier models”")
            read_model(self.folder(version))
            self._make_current(version, "rollback")
        return version

    def _version_before(self) -> str | None:
        """Walk the history as a stack: a promotion puts a version on top, a rollback takes one off."""
        stack: list[str] = []
        for entry in self.history():
            if entry.action == "rollback" and len(stack) > 1:
                stack.pop()
            elif not stack or stack[-1] != entry.version:
                stack.append(entry.version)
        return stack[-2] if len(stack) > 1 else None

    def _make_current(self, version: str, action: str, forced: bool = False, note: str = "") -> None:
        entry = Promotion(_now(), action, version, self._readable_current(), forced, note)
        self._replace(INTENT_FILE, _line(entry))
        self._replace(CURRENT_FILE, version)
        self._append(entry)

    def _replace(self, name: str, line: str) -> None:
        """Write a file of one line so that a reader finds the old one or the new one, never a part."""
        beside = self.models / f"{name}.new"
        beside.write_text(line + "\n", encoding="utf-8")
        flush_to_disk(beside)
        os.replace(beside, self.models / name)  # noqa: PTH105 - atomic, and says so
        flush_to_disk(self.models)

    def _append(self, entry: Promotion) -> None:
        path = self.models / HISTORY_FILE
        with path.open("a", encoding="utf-8") as file:
            file.write(_line(entry) + "\n")
        flush_to_disk(path)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep other processes from changing what is current, and mend what one that was killed left undone."""
        with (
            unreadable_as(ModelError, f"{self.models} cannot be written to"),
            (self.models / _LOCK_FILE).open("w") as lock,
        ):
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._mend_history()
            yield

    def _mend_history(self) -> None:
        """Drop a last line that was cut short, and note a promotion or rollback whose line was never written."""
        history = self.history()
        text = _content(self.models / HISTORY_FILE)
        if text and not text.endswith("\n"):
            self._replace(HISTORY_FILE, "\n".join(map(_line, history)))
        current = self._readable_current()
        recorded = history[-1].version if history else None
        if current in (None, recorded):
            return
        entry = self._intent()
        if entry is None or entry.version != current or entry in history:  # an older Copydesk, or a hand, wrote CURRENT
            action = "rollback" if current == self._version_before() else "promote"
            entry = Promotion(_now(), action, current, recorded)
        self._append(entry)

    def _intent(self) -> Promotion | None:
        try:
            return _promotion(_content(self.models / INTENT_FILE))
        except ValueError:
            return None

    def remove_unfinished(self) -> None:
        """Delete what training runs left that were killed while writing a model.

        Only folders that have not been touched for a day go: another run may be writing one now.
        """
        if not self.models.is_dir():
            return
        a_day_ago = datetime.now(UTC).timestamp() - 86_400
        for path in self.models.iterdir():
            if path.name.startswith(UNFINISHED_PREFIX) and path.stat().st_mtime < a_day_ago:
                shutil.rmtree(path, ignore_errors=True)


def _content(path: Path) -> str:
    """Return a small file's text, empty where it is not there; what it says is not judged here."""
    with unreadable_as(ModelError, f"{path} cannot be read"):
        try:
            return path.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ""


def _line(entry: Promotion) -> str:
    return json.dumps(entry.__dict__)


def _promotion(line: str) -> Promotion:
    """Return what a line of the history says.

    Raises
    ------
    ValueError
        If it says no such thing.
    """
    data = json.loads(line)
    try:
        forced, note = bool(data.get("forced", False)), str(data.get("note", ""))
        return Promotion(data["time"], data["action"], data["version"], data["previous"], forced, note)
    except (AttributeError, KeyError, TypeError):
        raise ValueError("no promotion") from None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
