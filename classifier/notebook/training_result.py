"""The outcome of `classifier.train`: the model, ready to tag, and its figures as frames."""

from functools import cached_property
from pathlib import Path
from typing import Any

from classifier.answer import html_table
from classifier.notebook.figures import (
    answer_columns,
    finding_columns,
    labels_of,
    language_columns,
    overall,
    reliability_columns,
    score_cells,
    section_columns,
    shown_figure,
    suspect_columns,
    year_columns,
)
from classifier.notebook.frames import figures_frame
from classifier.notebook.reading_account import account_columns, html_list, reject_columns
from classifier.notebook.sources import in_python_words
from classifier.sections import Sections
from classifier.store.manifest import REPORT_FILE
from classifier.tagger import Tagger
from classifier.training.measuring.suspects import find_suspects
from classifier.training.publishing.run import Outcome


class TrainingResult:
    """A trained model with its figures, each measured out-of-fold: on articles that the model has not seen.

    Attributes
    ----------
    version : str
        The name of the version.
    path : Path
        Its folder. Without ``models`` it is a temporary one, which is removed together with this object.
    is_live : bool
        Whether the version is live in ``models``.
    reason : str
        Why it is live or not, as the gate puts it.
    sections : Sections
        The vocabulary.
    """

    def __init__(
        self, outcome: Outcome, models: Path, sections: Sections, library: str | None, *, is_kept: bool
    ) -> None:
        self._outcome = outcome
        self._library = library
        self._is_kept = is_kept
        self.version = outcome.version
        self.path = models / outcome.version
        self.is_live = is_kept and outcome.promotion.promoted
        kept_nowhere = "kept in a temporary folder. Fix: to store it, train with models=FOLDER"
        fix = outcome.promotion.fix.format(version=self.version)
        reason = f"{outcome.promotion.reason}. Fix: {fix}" if fix else outcome.promotion.reason
        self.reason = in_python_words(reason) if is_kept else kept_nowhere
        self.sections = sections

    @cached_property
    def tagger(self) -> Tagger:
        """The model, ready to tag."""
        return Tagger.load(self.path.parent, self.version)

    @property
    def report(self) -> Path:
        """The path of the report, report.html."""
        return self.path / REPORT_FILE

    @property
    def overall(self) -> dict[str, int | float | None]:
        """The figures of all tags together."""
        return overall(self._outcome.evaluation.out_of_fold)

    @property
    def figures(self) -> Any:
        """A frame with a row for each section: counts, ratios with 95 % intervals, calibration, thresholds."""
        trained, measured = self._outcome.trained, self._outcome.evaluation.out_of_fold
        names = [section.name for section in (*trained.trained, *trained.untrained)]
        return self._frame(section_columns(trained.section_ids, names, measured, trained.rules))

    @property
    def years(self) -> Any:
        """A frame with a row for each year in which articles were published; empty if no article has a date."""
        return self._frame(year_columns(self._outcome.evaluation.out_of_fold))

    @property
    def languages(self) -> Any:
        """A frame with a row for each language; “und” stands for articles of which it is not known."""
        return self._frame(language_columns(self._outcome.evaluation.out_of_fold))

    @property
    def reliability(self) -> Any:
        """A frame of bins of similar probability with the share that is right: all sections together, then each."""
        labels = labels_of(self._outcome.corpus.articles, self._ids)
        return self._frame(reliability_columns(self._ids, self._outcome.trained.nested.predictions, labels))

    @property
    def out_of_fold(self) -> Any:
        """A frame with a row for each article: its labels, the tags of a model that has not seen it, probabilities."""
        articles = self._outcome.corpus.articles
        return self._frame(answer_columns(articles, self._ids, self._outcome.trained.nested.predictions))

    @property
    def suspects(self) -> Any:
        """A frame of the articles whose labels the model contradicts most: a label may be wrong there."""
        outcome = self._outcome
        trained = outcome.trained
        return self._frame(
            suspect_columns(find_suspects(outcome.corpus.articles, outcome.task, trained.scored, trained.nested))
        )

    @property
    def findings(self) -> Any:
        """A frame of what the checks found: severity, check, message, and the articles concerned."""
        return self._frame(finding_columns(self._outcome.findings))

    @property
    def account(self) -> Any:
        """A frame of what was read: for each file or frame the articles, the labels and where they were found."""
        return self._frame(account_columns(self._outcome.corpus))

    @property
    def rejects(self) -> Any:
        """A frame of the rows that could not be used, with the reasons; empty unless ``skip_bad`` is set."""
        return self._frame(reject_columns(self._outcome.corpus.rejects))

    @property
    def messages(self) -> list[str]:
        """What the command prints besides the figures: what was left out, guesses, warnings."""
        outcome = self._outcome
        untrained = outcome.evaluation.out_of_fold.words_on_untrained(outcome.trained.section_ids)
        found = [*outcome.corpus.account(), *outcome.languages.notes, outcome.no_curve or "", untrained]
        found += [outcome.latent.words] if outcome.latent else []
        found += [f"{item.severity}: {item.message}" for item in outcome.findings if item.severity != "note"]
        return [in_python_words(message) for message in found if message]

    @property
    def _ids(self) -> list[str]:
        return [section.id for section in self._outcome.trained.trained]

    def _frame(self, columns: Any) -> Any:
        return figures_frame(columns, self._library)

    def __repr__(self) -> str:
        micro = shown_figure(self.overall["micro_f1"])
        return f"<TrainingResult {self.version}: micro-F1 {micro}, {self._state()}>"

    def _state(self) -> str:
        if not self._is_kept:
            return "in a temporary folder"
        return f"live in {self.path.parent}" if self.is_live else f"in {self.path.parent}, not live"

    def _repr_html_(self) -> str:
        """Return the figures of each section as a table that a notebook shows, and below it what must be known."""
        trained, measured = self._outcome.trained, self._outcome.evaluation.out_of_fold
        thresholds = [
            (f"{rule.suggest:.2f}", "never" if rule.apply is None else f"{rule.apply:.2f}")
            for rule in trained.rules.sections
        ]
        sections = (*trained.trained, *trained.untrained)
        thresholds += [("not trained", "")] * len(trained.untrained)
        rows = [
            (section.name, f"{quality.suggested.support:,}", *score_cells(quality.suggested), *cells)
            for section, quality, cells in zip(sections, measured.sections, thresholds, strict=True)
        ]
        micro = measured.micro.intervals.f1
        caption = (
            f"Model {self.version}, {self._state()}. Micro-F1 {micro.value:.3f} ({micro.low:.3f} to {micro.high:.3f}) "
            f"on {measured.n_articles:,} articles, each tagged by a model that has not seen it"
        )
        heads = ("section", "labels", "precision", "recall", "F1", "suggest from", "apply from")
        return html_table(heads, rows, caption) + html_list([*self.messages, *([] if self.is_live else [self.reason])])
