"""Copydesk tags news articles with the sections of the site that publishes them.

>>> import classifier
>>> trained = classifier.train("archive.csv", models="models")  # doctest: +SKIP
>>> classifier.load("models").tag("Troops clashed at the border, the army said.")  # doctest: +SKIP
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from classifier.answer import Answer, Evidence, Explanation, Tag
    from classifier.article import Article
    from classifier.errors import CopydeskError
    from classifier.notebook.evaluating import EvaluationResult, evaluate
    from classifier.notebook.tagging import tag
    from classifier.notebook.training import train
    from classifier.notebook.training_result import TrainingResult
    from classifier.request import Choice
    from classifier.sections import Section, Sections
    from classifier.tagger import Tagger, load

_HOMES = {
    "Answer": "classifier.answer",
    "Article": "classifier.article",
    "Choice": "classifier.request",
    "CopydeskError": "classifier.errors",
    "EvaluationResult": "classifier.notebook.evaluating",
    "Evidence": "classifier.answer",
    "Explanation": "classifier.answer",
    "Section": "classifier.sections",
    "Sections": "classifier.sections",
    "Tag": "classifier.answer",
    "Tagger": "classifier.tagger",
    "TrainingResult": "classifier.notebook.training_result",
    "evaluate": "classifier.notebook.evaluating",
    "load": "classifier.tagger",
    "tag": "classifier.notebook.tagging",
    "train": "classifier.notebook.training",
}

__all__ = [
    "Answer",
    "Article",
    "Choice",
    "CopydeskError",
    "EvaluationResult",
    "Evidence",
    "Explanation",
    "Section",
    "Sections",
    "Tag",
    "Tagger",
    "TrainingResult",
    "evaluate",
    "load",
    "tag",
    "train",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for, so that ``import classifier`` costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'classifier' has no attribute {name!r}")
    try:
        return getattr(import_module(_HOMES[name]), name)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "classifier":
            raise
        from classifier.errors import pip_command

        message = f"classifier.{name} needs {error.name}, which is not installed. Fix: run {pip_command('train')}"
        raise ModuleNotFoundError(message, name=error.name) from error


def __dir__() -> list[str]:
    """Return the public names, which a notebook completes."""
    return sorted([*__all__, "__doc__", "__name__"])
