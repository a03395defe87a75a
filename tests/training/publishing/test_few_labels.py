"""Few labelled stories and an archive without labels: read, tried, and used only if it helps."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from classifier.commands.console import PlainProgress
from classifier.corpus.archive import ArchiveRequest, read_archive
from classifier.corpus.readers import Reading
from classifier.corpus.stories import sign
from classifier.errors import CorpusError
from classifier.notebook.sources import sources_of
from classifier.tagger import Tagger
from classifier.training.publishing.few_labels import FEW_STORIES, LatentTrial, choose_latent
from classifier.training.publishing.run import RunOptions, run
from classifier.training.training_settings import TrainingSettings
from tests.conftest import SECTIONS_FILE
from tests.helpers import small_corpus, write_jsonl
from tests.training.measuring.test_curve import in_two_sections, make

SETTINGS = TrainingSettings(n_folds=3, min_df=1)
NO_SIGNATURES = sign([])


def request(path, sections, **more):
    return ArchiveRequest((path,), sections, Reading(), ("en",), 0, **more)


def unlabelled(n):
    """Articles whose labels nobody knows: training would refuse them."""
    return [{**row, "sections": ["no such section"]} for row in small_corpus(n)]


@pytest.fixture(scope="module")
def task(tmp_path_factory, sections):
    return make(tmp_path_factory.mktemp("x"), sections, in_two_sections(24), SETTINGS)


def test_an_archive_counts_training_articles_and_copies_once_and_needs_no_labels(tmp_path, sections, capsys):
    rows = unlabelled(40)
    more = [{**rows[30], "id": "copy"}, {"id": "empty", "body": ""}, {**rows[31], "id": "es", "language": "es"}]
    file = write_jsonl(tmp_path / "archive.jsonl", [*rows, *more])
    trained_on = [f"{row['headline']}\n\n{row['body']} And one word more." for row in rows[:5]]
    archive = read_archive(request(file, sections), sign(trained_on), PlainProgress())
    assert len(archive.texts) == 35
    assert archive.n_found == 40
    assert sum(archive.left_out.values()) == 8
    said = capsys.readouterr().err
    assert "archive: 35 articles (labels are not read)" in said
    assert "left out (5): articles that are training articles, or near copies of them" in said


def test_an_archive_may_be_a_frame_and_its_first_bad_row_is_named(sections, capsys):
    rows = [{"headline": row["headline"], "text": row["body"]} for row in small_corpus(30)]
    rows[3] = {"headline": None, "text": "x" * 3_000_000}
    (frame,) = sources_of(pd.DataFrame(rows), "archive")
    archive = read_archive(request(frame, sections), NO_SIGNATURES, PlainProgress())
    assert len(archive.texts) == 29
    assert "frame:4: body: " in capsys.readouterr().err


def test_a_large_archive_is_sampled_alike_for_a_seed(tmp_path, sections, capsys):
    file = write_jsonl(tmp_path / "archive.jsonl", unlabelled(60))
    ask = request(file, sections, most=25)
    one, two = (read_archive(ask, NO_SIGNATURES, PlainProgress()) for _ in range(2))
    other = read_archive(replace(ask, seed=1), NO_SIGNATURES, PlainProgress())
    assert len(one.texts) == 25
    assert one.digest == two.digest != other.digest
    assert "archive: 25 articles, a random sample of 60" in capsys.readouterr().err


def test_an_archive_of_a_few_articles_is_refused(tmp_path, sections):
    file = write_jsonl(tmp_path / "archive.jsonl", unlabelled(9))
    with pytest.raises(CorpusError, match=r"the archive has 9 articles besides .* Fix: name files with more articles"):
        read_archive(request(file, sections), NO_SIGNATURES, PlainProgress())


def test_from_400_labelled_stories_on_the_archive_is_not_even_read(task, sections):
    asked = request(Path("nowhere.jsonl"), sections)
    many = replace(task, stories=np.arange(FEW_STORIES))
    chosen, settings, outcome = choose_latent(many, SETTINGS, asked, 1, PlainProgress())
    assert chosen is many
    assert settings.latent == "off"
    assert outcome.to_json() == {"used": False, "stories": 400, "archive": None, "trial": None}
    assert "from 400 labelled stories on it adds little, and there are 400" in outcome.words
    with pytest.raises(CorpusError, match=r"nowhere\.jsonl does not exist"):
        choose_latent(replace(task, stories=np.arange(FEW_STORIES - 1)), SETTINGS, asked, 1, PlainProgress())


@pytest.mark.parametrize(("gain", "error", "helps"), [(0.03, 0.02, True), (0.03, 0.04, False), (-0.1, 0.0, False)])
def test_a_gain_must_be_larger_than_its_error(gain, error, helps):
    assert LatentTrial((0.5, 0.5), (0.5, 0.5), gain, error).helps == helps


def words(kind, n, seed):
    """Return ``n`` of the 200 words of a subject."""
    chosen = np.random.default_rng(seed).choice(200, n, replace=False)
    return [f"{kind}{'bcdfghklmp'[k // 20]}{'aeio'[k % 4]}{'nrstv'[k // 4 % 5]}" for k in chosen]


def articles_of_three_words(n):
    """Articles of two subjects: few have a word of another article."""
    rows = ({"id": f"p{i}", "body": " ".join(words("ab"[i % 2], 3, i)), "kind": i % 2} for i in range(n))
    return [{**row, "sections": [("technology", "oceania")[row.pop("kind")]]} for row in rows]


def archive_of_many_words(n):
    """Articles with 25 words of a subject, and one of two that no labelled article has."""
    return [
        {"id": f"q{i}", "body": " ".join([*words("ab"[i % 2], 25, 900 + i), f"{'ab'[i % 2]}only{'z' * (i // 2 % 2)}"])}
        for i in range(n)
    ]


@pytest.mark.slow
def test_an_archive_that_joins_words_is_used_and_the_model_records_it(tmp_path):
    options = RunOptions(
        data=(write_jsonl(tmp_path / "x.jsonl", articles_of_three_words(40)),),
        archive=(write_jsonl(tmp_path / "archive.jsonl", archive_of_many_words(200)),),
        sections=SECTIONS_FILE,
        models=tmp_path / "models",
        settings=TrainingSettings(min_tags=1, max_tags=1),
        jobs=1,
        ignore_checks=True,
    )
    outcome = run(options, PlainProgress())
    assert outcome.latent.used
    assert outcome.latent.trial.gain > 0.1
    folder = tmp_path / "models" / outcome.version
    recorded = json.loads((folder / "manifest.json").read_text("utf-8"))["settings"]
    assert recorded["latent"] == "on"
    assert recorded["archive"]["archive"]["articles"] == 200
    assert json.loads((folder / "evaluation.json").read_text("utf-8"))["latent"]["used"] is True
    for name in ("report.html", "model-card.md"):
        assert "latent features of 200 archive articles are used, because they help" in (folder / name).read_text(
            "utf-8"
        )
    # words that no labelled article has
    tagger = Tagger.load(tmp_path / "models")
    assert [tagger.tag(body).tags[0].section for body in ("aonly aonlyz", "bonly bonlyz")] == ["technology", "oceania"]


def test_an_archive_that_does_not_help_leaves_the_model_as_it_is(task, tmp_path, sections):
    rng = np.random.default_rng(0)
    rows = [{"id": f"r{i}", "body": " ".join(f"v{'w' * k}" for k in rng.integers(0, 90, 30))} for i in range(40)]
    asked = request(write_jsonl(tmp_path / "archive.jsonl", rows), sections)
    chosen, settings, outcome = choose_latent(task, SETTINGS, asked, 1, PlainProgress())
    assert chosen is task
    assert settings.latent == "off"
    assert not outcome.used
    assert "were tried and are not used, because their gain may be luck" in outcome.words
    wider, settings, _ = choose_latent(task, replace(SETTINGS, latent="on"), asked, 1, PlainProgress())
    assert wider.latent is not None
    assert settings.latent == "on"
