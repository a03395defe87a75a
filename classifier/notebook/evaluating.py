"""``classifier.evaluate``: how good a model is on labelled articles, as frames."""

import tempfile
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Unpack

from classifier.answer import html_table
from classifier.corpus.readers import Source
from classifier.notebook.figures import (
    language_columns,
    overall,
    score_cells,
    section_columns,
    shown_figure,
    year_columns,
)
from classifier.notebook.frames import figures_frame, library_for
from classifier.notebook.options import ReadOptions, checked, reading_of, with_options
from classifier.notebook.progress import finish, progress_for
from classifier.notebook.reading_account import account_columns, html_list, reject_columns
from classifier.notebook.sources import in_python_words, library_of, python_words, sources_of
from classifier.notebook.versions import Version, folder_of
from classifier.progress import Progress
from classifier.tagger import Tagger
from classifier.training.measuring.version_evaluation import VersionEvaluation, evaluate_version


@with_options(ReadOptions)
def evaluate(
    model: Version,
    data: Any,
    *,
    version: str | None = None,
    frames: str | None = None,
    progress: bool = False,
    **options: Unpack[ReadOptions],
) -> "EvaluationResult":
    """Measure a model on labelled articles that it has not seen, as `copydesk evaluate` does.

    Parameters
    ----------
    model : TrainingResult, Tagger, str or Path
        What `train` returned, a loaded tagger, a folder of models (its live version), or the folder of a version.
    data : str, Path, DataFrame, or a list of these
        As for `train`.
    version : str, optional
        A version in the folder of models.
    frames : {"pandas", "polars", "pyarrow"}, optional
        The library of the figures. By default that of ``data``, or else the first that is installed.
    progress : bool
        Show the stages in one line of text.
    labels, text, headline, weight, label_names, split, format, encoding, date_format, taxonomies, post_types, \
body_meta, all_unlabelled, ignore_unknown, machine_labels, skip_bad
        As for `train`.

    Raises
    ------
    CopydeskError
        The base of all that follow.
    CorpusError
        If the articles cannot be read, or rows are bad and ``skip_bad`` is not set. A row in a language that the model
        was not trained on is a bad row.
    ModelError
        If the version cannot be read.
    SettingsError
        If an option is unknown or its value cannot be used.
    InvalidInputError
        If ``model`` or ``data`` is of another kind.
    """
    given = checked(ReadOptions, options)
    folder = folder_of(model, version)
    watched = progress_for(progress)
    with python_words():
        sources = sources_of(data)
        library = library_for(frames) if frames else library_of(sources)
        try:
            evaluation = _evaluate(folder, sources, watched, given)
        finally:
            finish(watched)
    return EvaluationResult(evaluation, folder, library)


def _evaluate(
    folder: Path, sources: tuple[Source, ...], progress: Progress, given: Mapping[str, Any]
) -> VersionEvaluation:
    with tempfile.TemporaryDirectory(prefix="copydesk-") as scratch:
        rejects = Path(scratch) / "rejects.jsonl" if given.get("skip_bad") else None
        return evaluate_version(folder, sources, progress, reading_of(given), rejects)


class EvaluationResult:
    """The quality of a version on labelled articles.

    Attributes
    ----------
    version : str
        The version.
    path : Path
        Its folder.
    out_of_sample : bool
        Whether it was trained on none of the articles.
    warning : str
        Sentences on the limits of the figures; empty if they are out-of-sample.
    seen : dict of str to int or float, optional
        How many articles it was trained on, in all and by kind: see docs/evaluation/report.md. None if it does not
        record its training articles.
    """

    def __init__(self, evaluation: VersionEvaluation, folder: Path, library: str | None) -> None:
        self._evaluation = evaluation
        self._library = library
        self.version = evaluation.version
        self.path = folder
        self.out_of_sample = evaluation.out_of_sample
        self.warning = evaluation.warning
        self.seen: dict[str, int | float | None] | None = evaluation.seen.to_json() if evaluation.seen else None

    @property
    def without_seen(self) -> "EvaluationResult | None":
        """The result without the articles that the version was trained on, near copies included.

        None if it has seen none of the articles, or all of them, or does not record its training articles.
        """
        found = self._evaluation.of_new_articles
        return EvaluationResult(found, self.path, self._library) if found else None

    @property
    def overall(self) -> dict[str, int | float | None]:
        """The figures of all tags together."""
        return overall(self._evaluation.assessment)

    @property
    def figures(self) -> Any:
        """A frame with a row for each section: counts, ratios with 95 % intervals, calibration."""
        return figures_frame(section_columns(self._ids, self._names, self._evaluation.assessment), self._library)

    @property
    def years(self) -> Any:
        """A frame with a row for each year in which articles were published; empty if no article has a date."""
        return figures_frame(year_columns(self._evaluation.assessment), self._library)

    @property
    def languages(self) -> Any:
        """A frame with a row for each language; “und” stands for articles of which it is not known."""
        return figures_frame(language_columns(self._evaluation.assessment), self._library)

    @property
    def account(self) -> Any:
        """A frame of what was read: for each file or frame the articles, the labels and where they were found."""
        return figures_frame(account_columns(self._evaluation.corpus), self._library)

    @property
    def rejects(self) -> Any:
        """A frame of the rows that could not be used, with the reasons; empty unless ``skip_bad`` is set."""
        return figures_frame(reject_columns(self._evaluation.corpus.rejects), self._library)

    @property
    def messages(self) -> list[str]:
        """What the command prints besides the figures: what was left out, labels that the model cannot give."""
        untrained = self._evaluation.assessment.words_on_untrained(self._ids)
        found = [self.warning, self._evaluation.words_on_ids, untrained, *self._evaluation.corpus.account()]
        return [in_python_words(message) for message in found if message]

    @property
    def _ids(self) -> tuple[str, ...]:
        return self._evaluation.section_ids

    @cached_property
    def _names(self) -> list[str]:
        sections = {section.id: section.name for section in Tagger.load(self.path.parent, self.version).sections}
        return [sections.get(name, name) for name in self._ids]

    def __repr__(self) -> str:
        return f"<EvaluationResult of {self.version}: micro-F1 {shown_figure(self.overall['micro_f1'])}>"

    def _repr_html_(self) -> str:
        """Return the figures of each section as a table that a notebook shows, with the warning if there is one."""
        found = self._evaluation.assessment
        rows = [
            (
                name,
                f"{m.suggested.support:,}",
                *score_cells(m.suggested),
                f"{m.applied.predicted:,}",
                shown_figure(m.applied.precision if m.applied.predicted else None),
            )
            for name, m in zip(self._names, found.sections, strict=True)
        ]
        micro = found.micro.intervals.f1
        caption = (
            f"Model {self.version}: micro-F1 {micro.value:.3f} ({micro.low:.3f} to {micro.high:.3f}) on "
            f"{found.n_articles:,} articles"
        )
        if new := self._evaluation.without_seen:
            micro = new.micro.intervals.f1
            caption += f"; {micro.value:.3f} ({micro.low:.3f} to {micro.high:.3f}) on the {new.n_articles:,} new ones"
        heads = ("section", "labels", "precision", "recall", "F1", "applied", "of those right")
        return html_table(heads, rows, caption) + html_list(self.messages)
