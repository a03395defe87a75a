"""HISTORY.jsonl: each promotion and rollback of a folder of models, one a line."""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from classifier.errors import ModelError, NoEarlierModelError, unreadable_as


@dataclass(frozen=True)
class Promotion:
    """One line of the history: ``version`` became current at ``time`` instead of ``previous``.

    ``action`` is ``promote`` or ``rollback``. ``forced`` is true if the promotion gate refused the version;
    ``note`` holds the reason of the gate.
    """

    time: str
    action: str
    version: str
    previous: str | None
    forced: bool = False
    note: str = ""

    def to_line(self) -> str:
        """Return the entry as a line of the history, without a line break."""
        return json.dumps(self.__dict__, allow_nan=False)

    @classmethod
    def from_line(cls, line: str) -> Self:
        """Parse a line of the history.

        Raises
        ------
        ValueError
            If it is not a valid entry.
        """
        data = json.loads(line)
        try:
            forced, note = bool(data.get("forced", False)), str(data.get("note", ""))
            return cls(data["time"], data["action"], data["version"], data["previous"], forced, note)
        except (AttributeError, KeyError, TypeError):
            raise ValueError("not a history entry") from None


def read_history(path: Path) -> list[Promotion]:
    """Return all entries of a history, oldest first; a truncated last line is left out.

    Raises
    ------
    ModelError
        If the file cannot be read, or any other line is not a valid entry.
    """
    text = read_text(path)
    lines = text.splitlines()
    entries = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            entries.append(Promotion.from_line(line))
        except ValueError:
            if number == len(lines) and not text.endswith("\n"):
                break
            raise ModelError(
                f"{path}:{number} is not a valid history entry. Fix: correct or delete that line"
            ) from None
    return entries


def version_before(history: Iterable[Promotion]) -> str | None:
    """Return the version to roll back to, or None. The history is a stack: promotions push, rollbacks pop."""
    stack: list[str] = []
    for entry in history:
        if entry.action == "rollback" and len(stack) > 1:
            stack.pop()
        elif not stack or stack[-1] != entry.version:
            stack.append(entry.version)
    return stack[-2] if len(stack) > 1 else None


def no_earlier(models: Path, history: Sequence[Promotion], versions: Collection[str]) -> NoEarlierModelError:
    """Return the error of a rollback for which `version_before` finds nothing; ``versions`` are in the folder now."""
    undone = next((entry.previous for entry in reversed(history) if entry.action == "rollback"), None)
    why, fix = "no version was live before the current one", "“copydesk train” to train another one"
    if undone:
        why = f"each rollback undoes one promotion, and {undone} was the last one to be undone"
    if len(versions) > 1:
        fix = "“copydesk models promote VERSION” with one that “copydesk models” lists"
    if undone in versions:
        fix = f"“copydesk models promote {undone}” to make it live again, or another that “copydesk models” lists"
    return NoEarlierModelError(
        f"the folder {models} has no earlier version to roll back to, because {why}. Fix: run {fix}"
    )


def read_text(path: Path) -> str:
    """Return the text of a small file, whatever it says; empty if there is no such file.

    Raises
    ------
    ModelError
        If the file cannot be read.
    """
    with unreadable_as(ModelError, f"{path} cannot be read"):
        try:
            return path.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ""
