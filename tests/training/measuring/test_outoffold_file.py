"""The out-of-fold answers of a version: written, found again, and read under their earlier name."""

import json
from base64 import b64encode

import numpy as np
import pytest

from classifier.corpus.readers import read_corpus
from classifier.corpus.stories import EARLIER_SCHEME, SCHEME, group_stories, sign
from classifier.errors import DamagedModelError, UnknownFormatError
from classifier.store.registry import Registry
from classifier.training.measuring.earlier.unseen_answers import answer_unseen
from classifier.training.measuring.outoffold_file import (
    OUTOFFOLD_FILE,
    article_digest,
    find_seen,
    outoffold_lines,
    read_outoffold,
)
from tests.helpers import small_corpus, write_jsonl

IDS = ["technology", "climate-and-disasters"]


def count_trained_on(folder, articles, signatures):
    found = find_seen(folder, articles, signatures, np.arange(len(articles)))
    return None if found is None else found.n


@pytest.fixture(scope="module")
def articles(tmp_path_factory, sections):
    return read_corpus([write_jsonl(tmp_path_factory.mktemp("x") / "x.jsonl", small_corpus())], sections).articles


@pytest.fixture
def written(articles, tmp_path):
    """Return a folder with a file of answers: every second article is suggested technology."""
    suggested = np.zeros((len(articles), 2), dtype=bool)
    suggested[::2, 0] = True
    signatures = sign([item.prepared.text for item in articles])
    (tmp_path / OUTOFFOLD_FILE).write_text("".join(outoffold_lines(articles, signatures, IDS, suggested)), "utf-8")
    return tmp_path, suggested, signatures


def test_answers_are_read_as_they_were_written(written, articles):
    folder, suggested, signatures = written
    known = read_outoffold(folder)
    for item, row in zip(articles, suggested, strict=True):
        (answer,) = known.of_text[article_digest(item)]
        assert answer.sections == item.sections
        assert answer.suggested == {name for name, given in zip(IDS, row, strict=True) if given}
    assert np.array_equal(known.signatures, signatures)
    assert known.contain([article_digest(articles[0]), "0" * 32]).tolist() == [True, False]
    assert count_trained_on(folder, articles, signatures) == len(articles)


def test_answers_under_the_earlier_name_are_read_alike(written, articles):
    folder, suggested, signatures = written
    stories = group_stories(signatures, [item.prepared.text for item in articles])
    new = answer_unseen(folder, IDS, articles, signatures, stories)
    (folder / OUTOFFOLD_FILE).rename(folder / "decisions.jsonl")
    old = answer_unseen(folder, IDS, articles, signatures, stories)
    assert np.array_equal(old.suggested, suggested)
    for name in ("suggested", "fair", "trained_on", "labelled"):
        assert np.array_equal(getattr(old, name), getattr(new, name))


def with_signatures(folder, signatures, scheme):
    """Replace the signatures that are stored with a version; None is the scheme of versions that did not name it."""
    path = folder / OUTOFFOLD_FILE
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    for row, signature in zip(rows, signatures, strict=True):
        row["signature"] = b64encode(signature.astype("<u2").tobytes()).decode("ascii")
        row["scheme"] = scheme
        if scheme is None:
            del row["scheme"]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")


def test_each_signature_is_stored_with_the_name_of_its_scheme(written):
    folder, *_ = written
    rows = [json.loads(line) for line in (folder / OUTOFFOLD_FILE).read_text("utf-8").splitlines()]
    assert {row["scheme"] for row in rows} == {SCHEME}
    assert read_outoffold(folder).scheme == SCHEME


def test_signatures_of_the_earlier_scheme_are_compared_by_that_scheme(written, articles, sections, tmp_path):
    folder, _, signatures = written
    texts = [item.prepared.text for item in articles]
    with_signatures(folder, sign(texts, EARLIER_SCHEME), None)
    assert read_outoffold(folder).scheme == EARLIER_SCHEME
    rows = [{**row, "body": f"{row['body']} One sentence more."} for row in small_corpus()[:10]]
    edited = read_corpus([write_jsonl(tmp_path / "edited.jsonl", rows)], sections).articles
    assert count_trained_on(folder, edited, sign([item.prepared.text for item in edited])) == 10
    other = read_corpus([write_jsonl(tmp_path / "other.jsonl", small_corpus(48)[36:])], sections).articles
    assert count_trained_on(folder, other, sign([item.prepared.text for item in other])) == 0
    # the same bits under the present name have nothing in common with those of today
    with_signatures(folder, sign(texts, EARLIER_SCHEME), SCHEME)
    assert count_trained_on(folder, edited, sign([item.prepared.text for item in edited])) == 0
    assert count_trained_on(folder, articles, signatures) == len(articles)


def test_a_scheme_of_another_version_is_refused_by_name_and_a_mixture_is_damage(written):
    folder, _, signatures = written
    with_signatures(folder, signatures, "minhash-128")
    with pytest.raises(UnknownFormatError, match=r"signatures of the scheme “minhash-128”, which this version"):
        read_outoffold(folder)
    path = folder / OUTOFFOLD_FILE
    lines = path.read_text("utf-8").splitlines()
    path.write_text("\n".join([lines[0].replace("minhash-128", SCHEME), *lines[1:]]), "utf-8")
    with pytest.raises(DamagedModelError, match="is damaged"):
        read_outoffold(folder)


def test_a_folder_with_both_names_is_read_under_the_new_one(written):
    folder, *_ = written
    (folder / "decisions.jsonl").write_text("", "utf-8")
    assert read_outoffold(folder).of_text


def test_a_version_without_answers_or_signatures_does_not_tell(written, articles):
    folder, _, signatures = written
    path = folder / OUTOFFOLD_FILE
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    path.write_text("".join(json.dumps(row | {"signature": None}) + "\n" for row in rows), "utf-8")
    with pytest.raises(
        DamagedModelError, match=r"outoffold\.jsonl is damaged, or was not written by training\. Fix: train again"
    ):
        read_outoffold(folder)
    for row in rows:
        del row["signature"]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    assert read_outoffold(folder) is None
    path.unlink()
    assert count_trained_on(folder, articles, signatures) is None


@pytest.mark.parametrize("line", ["nonsense", "[]", "{}", '{"article": "0", "sections": 3, "suggested": []}'])
def test_a_file_that_training_did_not_write_is_refused(tmp_path, line):
    (tmp_path / OUTOFFOLD_FILE).write_text(line + "\n", "utf-8")
    with pytest.raises(DamagedModelError, match="is damaged, or was not written by training"):
        read_outoffold(tmp_path)


def test_a_trained_version_holds_an_answer_for_each_article(starter):
    models, outcome = starter
    folder = Registry(models).folder(outcome.version)
    known = read_outoffold(folder)
    assert known.contain([article_digest(item) for item in outcome.corpus.articles]).all()
    assert not (folder / "decisions.jsonl").exists()
