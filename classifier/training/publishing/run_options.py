"""The options of a training run."""

from dataclasses import dataclass, field
from pathlib import Path

from classifier.corpus.readers import Reading, Source
from classifier.sections import Sections
from classifier.training.training_settings import TrainingSettings


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """The options of a training run.

    Parameters
    ----------
    data : tuple of Path or TableSource
        Files, folders and globs of labelled articles, and tables of them in memory.
    sections : Path or Sections
        The vocabulary, or its file.
    models : Path
        The folder of models.
    settings : TrainingSettings
    jobs : int
        Number of threads; -1 for one a core.
    rejects : Path, optional
        Where to set bad rows aside. Without it, bad rows stop the run.
    reading : Reading
    ignore_checks : bool
        Train although the checks of the articles found an error.
    ignored_checks : tuple of str
        Checks whose errors do not stop the run, by name.
    ignore_memory : bool
        Train although there seems to be too little memory, or too little disk for temporary files.
    margin : float
        How far the new micro-F1 may be below the live model's.
    drop_sections : bool
        Allow a version that cannot give all sections that the live model gives.
    curve : bool
        Add a learning curve to the report.
    doctor : bool
        Add proposals to change the vocabulary to the report.
    trials : int
        How many settings a search may try; 0 for no search.
    scheduler : str, optional
        Where the search tries settings: see `classifier.training.scheduling.scheduling`.
    feedback : str, optional
        The address of a database of editors' feedback to learn from as well. Their verdicts on labels count too.
    verdicts : tuple of Path
        Tables of suspects, as ``copydesk check`` writes them, with verdicts.
    archive : tuple of Path or TableSource
        Articles whose labels are not read: which words go together in them helps if labelled stories are few.
    language : str, optional
        The language of articles that do not name theirs.
    languages : tuple of str
        The languages that the model learns together: codes, or ``all`` alone. Articles in other languages are left out.
        Empty: one language, and several are an error.
    no_promote : bool
        Write the version, but leave the live one as it is.
    force : bool
        Promote the version although the gate refuses it.
    newsroom : str
        The name that the report gives to the newsroom; empty for none.
    """

    data: tuple[Source, ...]
    sections: Path | Sections
    models: Path
    settings: TrainingSettings = field(default_factory=TrainingSettings)
    jobs: int = -1
    rejects: Path | None = None
    reading: Reading = field(default_factory=Reading)
    ignore_checks: bool = False
    ignored_checks: tuple[str, ...] = ()
    ignore_memory: bool = False
    margin: float = 0.01
    drop_sections: bool = False
    curve: bool = False
    doctor: bool = False
    trials: int = 0
    scheduler: str | None = None
    feedback: str | None = None
    verdicts: tuple[Path, ...] = ()
    archive: tuple[Source, ...] = ()
    language: str | None = None
    languages: tuple[str, ...] = ()
    no_promote: bool = False
    force: bool = False
    newsroom: str = ""
