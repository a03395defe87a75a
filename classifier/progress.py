"""Progress: the reports of a long run."""

from typing import Protocol


class Progress(Protocol):
    """Receives the reports of a run."""

    def stage(self, name: str, steps: int) -> None:
        """Begin a stage of this many steps; 0 if nobody knows how many."""

    def step(self) -> None:
        """Count one step of the stage as done."""

    def note(self, line: str) -> None:
        """Report a fact in words."""
