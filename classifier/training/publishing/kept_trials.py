"""The trials of a search that lost its cluster, kept in a file so that the same search goes on from them."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from classifier.errors import ModelError, unreadable_as
from classifier.training.task import Task
from classifier.training.training_settings import TrainingSettings

FILE_NAME = "interrupted-search.json"


@dataclass(frozen=True)
class SearchTrial:
    """Settings, and their quality out-of-fold."""

    settings: TrainingSettings
    micro_f1: float
    macro_f1: float

    @property
    def value(self) -> float:
        """The figure that the search maximises."""
        return self.micro_f1 + self.macro_f1


class KeptTrials:
    """A file of trials. Only the search that made them reads them: same data, sections, settings and version.

    Parameters
    ----------
    folder : Path
        The folder of models.
    data_digest : str
        Of the articles.
    task : Task
    start : TrainingSettings
        The first trial of the search.
    """

    def __init__(self, folder: Path, data_digest: str, task: Task, start: TrainingSettings) -> None:
        #: The file.
        self.path = folder / FILE_NAME
        sections = [section.id for section in task.trained]
        of = json.dumps([version("copydesk"), data_digest, sections, asdict(start)], allow_nan=False)
        self._search = hashlib.sha256(of.encode()).hexdigest()

    def read(self) -> dict[TrainingSettings, SearchTrial]:
        """Return the trials by their settings; none if there is no file, or it is of another search."""
        try:
            data = json.loads(self.path.read_bytes())
            if data["search"] != self._search:
                return {}
            trials = [
                SearchTrial(TrainingSettings(**kept["settings"]), float(kept["micro_f1"]), float(kept["macro_f1"]))
                for kept in data["trials"]
            ]
        except (OSError, ValueError, KeyError, TypeError, RecursionError):  # they only save time
            return {}
        return {trial.settings: trial for trial in trials}

    def write(self, trials: Iterable[SearchTrial]) -> None:
        """Replace the file.

        Raises
        ------
        ModelError
            If the folder cannot be written to.
        """
        data = {"search": self._search, "trials": [asdict(trial) for trial in trials]}
        beside = self.path.with_suffix(".new")
        with unreadable_as(ModelError, f"{self.path} cannot be written"):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            beside.write_text(json.dumps(data, indent=1, allow_nan=False) + "\n", encoding="utf-8")
            beside.replace(self.path)

    def remove(self) -> None:
        """Remove the file if it is of this search, which needs it no more."""
        if self.read():
            with unreadable_as(ModelError, f"{self.path} cannot be removed"):
                self.path.unlink(missing_ok=True)
