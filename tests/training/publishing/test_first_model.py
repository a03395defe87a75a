"""The first model of a newsroom replaces the starter model; after that, sections go only if that is asked for."""

import json
import shutil

import pytest

from classifier.commands.console import PlainProgress
from classifier.corpus.readers import read_corpus
from classifier.corpus.starter import FORMER_DATA_DIGESTS, is_starter_corpus
from classifier.sections import Section, Sections
from classifier.store.files import read_model, write_model
from classifier.store.registry import Registry
from classifier.training.measuring.outoffold_file import OUTOFFOLD_FILE
from classifier.training.publishing.run import RunOptions, run
from tests.conftest import ARTICLES, SECTIONS_FILE
from tests.helpers import environment, run_python, small_corpus, write_jsonl


def vocabulary_of(path, *sections):
    """Write a vocabulary: each section is an id, a name and aliases."""
    path.write_text(
        "".join(
            f'[[section]]\nid = "{id_}"\nname = "{name}"\naliases = {json.dumps(aliases)}\n'
            for id_, name, *aliases in sections
        )
    )
    return path


def train(folder, rows, vocabulary, **more):
    data = write_jsonl(folder / "x.jsonl", rows)
    return run(RunOptions(data=(data,), sections=vocabulary, models=folder / "models", jobs=1, **more), PlainProgress())


TECHNOLOGY, CLIMATE = ("technology", "Technology"), ("climate-and-disasters", "Climate")


@pytest.fixture
def models(starter_models, tmp_path):
    shutil.copytree(starter_models, tmp_path / "models")
    return tmp_path / "models"


def test_the_starter_model_has_the_mark_and_no_other_has(starter, tmp_path):
    models, outcome = starter
    assert Registry(models).manifest(outcome.version).starter
    own = train(tmp_path, small_corpus(), SECTIONS_FILE)
    assert not Registry(tmp_path / "models").manifest(own.version).starter


def test_a_vocabulary_of_its_own_goes_past_the_starter_model_with_one_sentence(models, tmp_path):
    outcome = train(tmp_path, small_corpus(), vocabulary_of(tmp_path / "v.toml", TECHNOLOGY, CLIMATE))
    assert outcome.promotion.promoted
    assert "the live model is the starter model" in outcome.verdict.reason
    assert outcome.verdict.reason.endswith("a vocabulary of its own replaces it without a comparison")
    registry = Registry(models)
    assert registry.history()[-1].note == outcome.verdict.reason
    assert outcome.verdict.reason.split("; ")[1] in (registry.folder() / "report.html").read_text("utf-8")


def test_a_starter_model_from_before_the_mark_is_known_by_its_data(starter_models, tmp_path):
    model = read_model(Registry(starter_models).folder())
    about = model.manifest.model_dump(exclude={"format", "version", "created", "files", "starter"})
    about["data_digest"] = min(FORMER_DATA_DIGESTS)
    version = write_model(tmp_path / "models", about, model.arrays, {}, {OUTOFFOLD_FILE: ""})
    assert not Registry(tmp_path / "models").manifest(version).starter
    Registry(tmp_path / "models").promote(version)
    outcome = train(tmp_path, small_corpus(), vocabulary_of(tmp_path / "v.toml", TECHNOLOGY, CLIMATE))
    assert outcome.promotion.promoted
    assert "the live model is the starter model" in outcome.verdict.reason


def test_a_manifest_without_the_mark_keeps_its_digest(tmp_path):
    outcome = train(tmp_path, small_corpus(), SECTIONS_FILE)
    path = tmp_path / "models" / outcome.version / "manifest.json"
    data = json.loads(path.read_text())
    assert data.pop("starter") is False
    path.write_text(json.dumps(data))  # as a version before the mark wrote it
    assert not read_model(path.parent).manifest.starter


def test_the_starter_vocabulary_with_other_articles_is_compared_with_the_starter_model(models, tmp_path):
    verdict = train(tmp_path, small_corpus(60), SECTIONS_FILE, no_promote=True).verdict
    assert verdict.comparison is not None
    assert not verdict.allowed
    assert "gone: south-asia (0 stories)" in verdict.reason


def test_a_few_own_articles_next_to_the_starter_corpus_do_not_make_an_own_model(sections, tmp_path):
    rows = [json.loads(line) for file in sorted(ARTICLES.glob("*.jsonl")) for line in file.read_text().splitlines()]

    def looks_like_it(rows, vocabulary=sections):
        articles = read_corpus([write_jsonl(tmp_path / "x.jsonl", rows)], vocabulary).articles
        return is_starter_corpus([item.article.digest for item in articles], len(articles), vocabulary)

    assert looks_like_it(rows[:300])
    assert looks_like_it([*rows[:300], *small_corpus(20)])
    assert not looks_like_it([*rows[:100], *small_corpus(30)])
    assert not looks_like_it(small_corpus(30))
    other = Sections([*sections, Section(id="courts", name="Courts")])
    assert not looks_like_it(rows[:300], other)
    assert not is_starter_corpus((pytest.fail("read") for _ in range(1)), 1_000_000, sections)


def test_live_sections_are_not_dropped_unless_asked_for(tmp_path):
    parks = ("parks", "Parks")
    rows = small_corpus(60)
    for row in rows[2::3]:
        row["sections"] = ["parks"]
    train(tmp_path, rows, vocabulary_of(tmp_path / "a.toml", TECHNOLOGY, CLIMATE, parks))
    before = Registry(tmp_path / "models").current()
    for row in rows[2::3]:
        row["sections"] = []
    fewer = vocabulary_of(tmp_path / "b.toml", TECHNOLOGY, CLIMATE, ("courts", "Courts"))
    refused = train(tmp_path, rows, fewer)
    assert refused.promotion.refused
    assert refused.verdict.reason.startswith("it cannot give sections that the live model gives: parks; micro-F1 is ")
    assert "new: courts; gone: parks (not in the vocabulary)" in refused.verdict.reason
    assert "--drop-sections" in refused.promotion.fix
    assert Registry(tmp_path / "models").current() == before
    report = (tmp_path / "models" / refused.version / "report.html").read_text("utf-8")
    assert "<b>Gone:</b> parks (not in the vocabulary)." in report
    assert "<b>New:</b> courts." in report
    done = train(tmp_path, rows, fewer, drop_sections=True)
    assert done.promotion.promoted
    assert not done.promotion.forced
    note = Registry(tmp_path / "models").history()[-1].note
    assert "on the same 60 articles and all 2 sections" in note
    assert "gone: parks" in note


def test_a_section_with_too_few_articles_now_is_not_dropped_silently(tmp_path):
    vocabulary = vocabulary_of(tmp_path / "a.toml", TECHNOLOGY, CLIMATE)
    rows = small_corpus(60)
    train(tmp_path, rows, vocabulary)
    few = [row for i, row in enumerate(rows) if i % 3 != 1 or i < 12]
    verdict = train(tmp_path, few, vocabulary, margin=1.0).verdict
    assert not verdict.allowed
    assert "gone: climate-and-disasters (4 stories)" in verdict.reason.replace(
        "technology (4", "climate-and-disasters (4"
    )


def test_only_the_common_sections_are_compared_and_it_is_said_how_many(tmp_path):
    train(tmp_path, small_corpus(60), vocabulary_of(tmp_path / "a.toml", TECHNOLOGY, CLIMATE))
    rows = small_corpus(60)
    for number, row in enumerate(rows[2::3]):
        row["sections"] = [("parks", "music")[number % 2]]
    wider = vocabulary_of(tmp_path / "b.toml", TECHNOLOGY, CLIMATE, ("parks", "Parks"), ("music", "Music"))
    verdict = train(tmp_path, rows, wider).verdict
    assert verdict.allowed
    assert "on the same 60 articles and 2 of 4 sections" in verdict.reason
    assert verdict.reason.endswith("; new: parks, music")


def test_a_renamed_section_is_compared_under_its_new_id(tmp_path):
    train(tmp_path, small_corpus(60), vocabulary_of(tmp_path / "a.toml", TECHNOLOGY, CLIMATE))
    renamed = vocabulary_of(tmp_path / "b.toml", ("machines", "Machines", "technology"), CLIMATE)
    verdict = train(tmp_path, small_corpus(60), renamed).verdict
    assert verdict.allowed
    assert verdict.n_disputed == 0
    assert verdict.comparison.micro_f1.difference.value == 0
    assert verdict.comparison.support["machines"] == 20
    assert verdict.reason.endswith("all 2 sections (95 % interval +0.000 to +0.000); renamed: technology to machines")


def test_a_new_id_without_the_old_one_as_an_alias_is_pointed_out(tmp_path):
    train(tmp_path, small_corpus(60), vocabulary_of(tmp_path / "a.toml", TECHNOLOGY, CLIMATE))
    rows = small_corpus(60)
    for row in rows:
        row["sections"] = ["machines" if label == "technology" else label for label in row["sections"]]
    machines = vocabulary_of(tmp_path / "b.toml", ("machines", "Machines"), CLIMATE)
    promotion = train(tmp_path, rows, machines).promotion
    assert promotion.refused
    assert (
        "if sections were renamed, as their articles suggest (technology to machines), add each old id" in promotion.fix
    )


@pytest.mark.slow
def test_two_versions_with_a_renamed_section_are_compared(tmp_path):
    first = train(tmp_path, small_corpus(60), vocabulary_of(tmp_path / "a.toml", TECHNOLOGY, CLIMATE)).version
    renamed = vocabulary_of(tmp_path / "b.toml", ("machines", "Machines", "technology"), CLIMATE, ("parks", "Parks"))
    second = train(tmp_path, small_corpus(60), renamed).version
    models, data = tmp_path / "models", tmp_path / "x.jsonl"
    done = run_python("-m", "classifier", "compare", first, second, data, "--models", models, env=environment())
    assert done.returncode == 0, done.stderr
    assert "Compared on all 2 sections (new: parks; renamed: technology to machines)" in done.stdout
    assert "machines" in done.stdout
    back = run_python("-m", "classifier", "compare", second, first, data, "--models", models, env=environment())
    assert back.returncode == 0, back.stderr
    assert "gone: machines" in back.stdout or "renamed: machines" in back.stdout


@pytest.mark.slow
def test_the_command_names_the_option(tmp_path):
    rows, models = small_corpus(60), tmp_path / "models"
    data = write_jsonl(tmp_path / "x.jsonl", rows)
    command = ("train.py", "--data", data, "--models", models, "--jobs", 1, "--ignore-unknown", "--sections")
    both = vocabulary_of(tmp_path / "a.toml", TECHNOLOGY, CLIMATE)
    one = vocabulary_of(tmp_path / "b.toml", TECHNOLOGY)
    assert run_python(*command, both, env=environment()).returncode == 0
    refused = run_python(*command, one, env=environment())
    assert refused.returncode == 1
    assert "Fix: read " in refused.stderr
    assert "train with --drop-sections" in refused.stderr
    done = run_python(*command, one, "--drop-sections", env=environment())
    assert done.returncode == 0, done.stderr
    assert "on the same 60 articles and its only section" in done.stderr
