"""Progress: what a long run reports to whoever watches it."""

from typing import Protocol


class Progress(Protocol):
    """What a run tells whoever watches it."""

    def stage(self, name: str, steps: int) -> None:
        """Begin a stage of so many steps."""

    def step(self) -> None:
        """One step of the stage is done."""
