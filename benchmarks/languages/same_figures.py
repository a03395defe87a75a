"""``python -m benchmarks same-figures``: evaluate's figures are those of scikit-learn on the same answers."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np
from numpy.typing import NDArray

from benchmarks.languages.product import Labelled, one_tag, section_id, trained_version, write_examples
from benchmarks.languages.sets import LanguageSet, names_of_sets, read_set, unpacked
from benchmarks.report import Report, json_option

if TYPE_CHECKING:
    from classifier.training.training_settings import TrainingSettings

#: Two figures are the same if they do not differ in the fourth digit.
_MOST_APART = 5e-5
FIGURES = ("micro-F1", "macro-F1", "mean F1 of articles")


@click.command("same-figures")
@click.option(
    "--data",
    type=click.Path(exists=True, path_type=Path),
    required=True,
    help="A folder with a folder for each set, or a tar archive of it, which is unpacked to a temporary folder.",
)
@click.option("--sets", help="Names of sets, by commas. Default: all.")
@json_option
def same_figures(data: Path, sets: str | None, as_json: bool) -> None:
    """Compare the figures of “copydesk evaluate” with scikit-learn's on the same answers, to the fourth digit.

    A model is trained on the training part of each set and measured on its test part, with one tag an article and with
    any number. scikit-learn's f1_score gets the tags that the model gives the same articles. Exit code 1: one differs.
    """
    with unpacked(data) as folder:
        names = names_of_sets(folder)
        asked = names if sets is None else [name.strip() for name in sets.split(",")]
        if unknown := [name for name in asked if name not in names]:
            raise click.BadParameter(
                f"there is no set {', '.join(unknown)}. Fix: choose from {', '.join(names)}", param_hint="--sets"
            )
        report = figures_report([read_set(folder, name) for name in asked])
    report.show(as_json=as_json)
    raise click.exceptions.Exit(int(any(row[-1] == "no" for row in report.rows)))


def figures_report(found: Sequence[LanguageSet]) -> Report:
    """Return a row for each figure of each set, with one tag an article and with any number of tags."""
    from classifier.training.training_settings import TrainingSettings

    report = Report(
        "Figures of evaluate and of scikit-learn on the same answers",
        ["set", "tags an article", "figure", "articles", "evaluate", "scikit-learn", "same"],
        n_text_columns=3,
    )
    n_same = 0
    for item in found:
        for tags, settings in (("one", one_tag()), ("any number", TrainingSettings())):
            click.echo(f"{item.name}, {tags}", err=True)
            measured, theirs, n_articles = measure(item, settings)
            for name in FIGURES:
                is_same = abs(measured[name] - theirs[name]) < _MOST_APART
                n_same += is_same
                ours = (f"{measured[name]:.6f}", f"{theirs[name]:.6f}")
                report.rows.append((item.name, tags, name, n_articles, *ours, "yes" if is_same else "no"))
    report.notes.append(f"{n_same} of {len(report.rows)} figures are the same to the fourth digit.")
    return report


def measure(found: LanguageSet, settings: "TrainingSettings") -> tuple[Mapping[str, float], Mapping[str, float], int]:
    """Train on the first split of a set; return evaluate's figures of its test, scikit-learn's, and how many articles.

    Parameters
    ----------
    found : LanguageSet
    settings : TrainingSettings
    """
    from benchmarks.languages.product import Silence
    from classifier.corpus.readers import read_corpus
    from classifier.tagger import Tagger
    from classifier.training.measuring.version_evaluation import evaluate_version

    split = found.splits[0]
    with trained_version([Labelled(found.language, split.train)], found.labels, settings) as folder:
        test = write_examples(folder.parent / "test.jsonl", [Labelled(found.language, split.test)], found.labels)
        data = evaluate_version(folder, [test], Silence()).to_json()
        tagger = Tagger.load(folder.parent, folder.name)
        articles = read_corpus([test], tagger.sections).articles
        answers = tagger.tag_many([item.article for item in articles])
    ids = [section_id(number) for number in range(len(found.labels))]
    labels = _matrix([item.sections for item in articles], ids)
    tags = _matrix([{tag.section for tag in answer.tags} for answer in answers], ids)
    ours = {
        "micro-F1": data["micro"]["f1"],
        "macro-F1": data["macro_f1"]["value"],
        "mean F1 of articles": data["article_f1"]["value"],
    }
    return ours, _of_scikit_learn(labels, tags), len(articles)


def _matrix(rows: Sequence[Any], ids: Sequence[str]) -> NDArray[np.bool_]:
    return np.array([[name in row for name in ids] for row in rows], dtype=bool).reshape(len(rows), len(ids))


def _of_scikit_learn(labels: NDArray[np.bool_], tags: NDArray[np.bool_]) -> dict[str, float]:
    """Return the figures by scikit-learn; macro-F1 over the labels that occur, in the test or in the answers."""
    from sklearn.metrics import f1_score

    occurs = (labels | tags).any(axis=0)
    right, given = labels[:, occurs], tags[:, occurs]
    return {
        "micro-F1": float(f1_score(right, given, average="micro", zero_division=0.0)),
        "macro-F1": float(f1_score(right, given, average="macro", zero_division=0.0)),
        "mean F1 of articles": float(f1_score(labels, tags, average="samples", zero_division=1.0)),
    }
