"""``classifier.train``: labelled articles from files or frames to a model, with its figures as frames."""

import shutil
import tempfile
import weakref
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Unpack

from classifier.corpus.findings import CHECK_NAMES
from classifier.errors import SettingsError, shown
from classifier.language_codes import read_languages
from classifier.notebook.frames import library_for
from classifier.notebook.options import TrainOptions, checked, names_of, reading_of, settings_of, with_options
from classifier.notebook.progress import finish, progress_for
from classifier.notebook.sources import library_of, python_words, sources_of
from classifier.notebook.training_result import TrainingResult
from classifier.notebook.vocabulary import vocabulary_of
from classifier.progress import Progress
from classifier.sections import Section, Sections
from classifier.training.publishing.run import Outcome, RunOptions, run


@with_options(TrainOptions)
def train(
    data: Any,
    sections: Sections | Iterable[Section | str] | str | Path | None = None,
    models: str | Path | None = None,
    *,
    frames: str | None = None,
    progress: bool = False,
    **options: Unpack[TrainOptions],
) -> TrainingResult:
    """Train a model on labelled articles, and measure it on articles that it has not seen.

    It is `copydesk train`: the same data, options and seed give the same model. A model that the gate refuses is
    returned as well: see `TrainingResult.is_live` and `TrainingResult.reason`.

    Parameters
    ----------
    data : str, Path, DataFrame, or a list of these
        Files, folders or globs, as `copydesk train` reads them, and frames of pandas, Polars, Arrow and the other
        libraries that narwhals reads. A frame's columns are found as those of a file are. Files are read before frames.
    sections : Sections, list, str or Path, optional
        The vocabulary: itself, the names of the sections, or the path of a sections.toml. By default it is drafted
        from the labels of the data.
    models : str or Path, optional
        The folder where the model is stored as a version, and made live if the gate allows it. By default the model
        is kept in a temporary folder for as long as the result exists.
    frames : {"pandas", "polars", "pyarrow"}, optional
        The library of the figures. By default that of ``data``, or else the first that is installed.
    progress : bool
        Show the stages in one line of text.
    labels, text, headline, weight : str, or for labels a list
        The columns that hold them. By default they are found by their names and values.
    label_names, split, format, encoding, date_format, taxonomies, post_types, body_meta, all_unlabelled, \
ignore_unknown, machine_labels
        As the options of `copydesk train`; docs/training.md explains them.
    skip_bad : bool
        Train without the rows that cannot be used; `TrainingResult.rejects` lists them.
    language : str
        The language of articles that name none.
    languages : str or list
        The languages that the model learns together: their codes, or "all". By default articles in several languages
        are an error.
    feedback : str
        The address of a database of editors' feedback to learn from as well.
    archive : str, Path, DataFrame, or a list of these
        Articles whose labels are not read: with few labelled stories, training learns from them which words go
        together, if that helps.
    jobs : int
        Number of threads. By default one for each core.
    ignore_checks : bool
        Train although the checks found an error.
    ignored_checks : str or list
        Checks whose errors do not stop the training, by name.
    ignore_memory : bool
        Train although there seems to be too little memory, or too little disk for temporary files.
    drop_sections : bool
        Make the model live although it cannot give all sections that the live one gives.
    margin : float
        How far the new micro-F1 may be below the live model's.
    curve : bool
        Add a learning curve to the report.
    doctor : bool
        Add proposals to change the vocabulary to the report.
    trials : int
        How many settings a search may try first. By default there is no search.
    promote : bool
        False leaves the live model as it is.
    force : bool
        Make the model live although the gate refuses it.
    seed, n_folds, min_support, min_df, max_df, pair_weight, phrase_weight, subwords, c, loss, rarity, prior, latent, \
target_precision, review_only, lengths, min_tags, max_tags, least_weight
        The settings of the fit: see `classifier.training.training_settings.TrainingSettings`.

    Raises
    ------
    CopydeskError
        The base of all that follow.
    CorpusError
        If the articles cannot be read or trained on, or rows are bad and ``skip_bad`` is not set.
    SectionsError
        If the vocabulary cannot be used.
    ChecksFailedError
        If the checks found an error, such as text that gives the label away, and ``ignore_checks`` is not set.
    SettingsError
        If an option is unknown or its value cannot be used.
    InvalidInputError
        If ``data`` is neither a path nor a frame.
    ModelError
        If the version cannot be written.
    """
    given = checked(TrainOptions, options)
    settings, reading = settings_of(given), reading_of(given)
    watched = progress_for(progress)
    with python_words():
        sources = sources_of(data)
        library = library_for(frames) if frames else library_of(sources)
        vocabulary = vocabulary_of(sections, sources, reading)
    folder = Path(tempfile.mkdtemp(prefix="copydesk-")) if models is None else Path(models)
    asked = {"data": sources, "sections": vocabulary, "models": folder, "settings": settings, "reading": reading}
    try:
        with python_words():
            outcome = _run(asked, given, watched)
        result = TrainingResult(outcome, folder, vocabulary, library, is_kept=models is not None)
    except BaseException:
        if models is None:
            shutil.rmtree(folder, ignore_errors=True)
        raise
    finally:
        finish(watched)
    if models is None:
        weakref.finalize(result, shutil.rmtree, folder, ignore_errors=True)
    return result


def _run(asked: Mapping[str, Any], given: Mapping[str, Any], progress: Progress) -> Outcome:
    """Run the training; rows that are skipped need no file, because the result holds them."""
    with tempfile.TemporaryDirectory(prefix="copydesk-") as scratch:
        options = RunOptions(
            **asked,
            jobs=given.get("jobs", -1),
            rejects=Path(scratch) / "rejects.jsonl" if given.get("skip_bad") else None,
            ignore_checks=given.get("ignore_checks", False),
            ignored_checks=_check_names(names_of(given, "ignored_checks")),
            ignore_memory=given.get("ignore_memory", False),
            drop_sections=given.get("drop_sections", False),
            margin=given.get("margin", RunOptions.margin),
            curve=given.get("curve", False),
            doctor=given.get("doctor", False),
            trials=given.get("trials", 0),
            feedback=given.get("feedback"),
            archive=sources_of(given["archive"], "archive") if "archive" in given else (),
            language=given.get("language"),
            languages=_languages(names_of(given, "languages")),
            no_promote=not given.get("promote", True),
            force=given.get("force", False),
        )
        return run(options, progress)


def _languages(names: tuple[str, ...]) -> tuple[str, ...]:
    try:
        return read_languages(",".join(names))
    except ValueError as error:
        raise SettingsError(f"languages {error}. Fix: correct this option") from None


def _check_names(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        if name not in CHECK_NAMES:
            raise SettingsError(f"ignored_checks: unknown check {shown(name)}. Fix: use {', '.join(CHECK_NAMES)}")
    return names
