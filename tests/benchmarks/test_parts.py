import re
import shutil
import sys

import click
import pytest

from benchmarks.doctor import plant
from benchmarks.recombine import Recombiner, without_digits
from benchmarks.report import shown
from benchmarks.scale import exponent
from benchmarks.timing import Timings, interleave
from tests.conftest import ARTICLES, SECTIONS_FILE
from tests.driver.load import generator, load
from tests.driver.processes import serving, tree
from tests.helpers import ROOT
from tests.training.diagnosing.made import read_made


@pytest.fixture(scope="module")
def recombiner():
    return Recombiner(ARTICLES, SECTIONS_FILE)


def test_made_articles_are_the_same_for_a_seed_and_the_first_of_a_longer_run(recombiner):
    short, long = list(recombiner.articles(20, 7)), list(recombiner.articles(50, 7))
    assert long[:20] == short
    assert list(recombiner.articles(20, 8)) != short


def test_made_articles_are_of_news_length_and_do_not_repeat(recombiner):
    made = list(recombiner.articles(200, 1))
    lengths = [len(article.body) for article in made]
    assert 3_000 < sum(lengths) / len(lengths) < 3_800
    assert len({article.body for article in made}) == 200


def test_sentences_come_from_articles_with_the_labels(recombiner):
    article = next(a for a in recombiner.articles(300, 3) if a.sections)
    whole = {sentence for section in article.sections for sentence in recombiner._sentences[section]}
    assert all(any(sentence in part for sentence in whole) for part in article.body.split("\n\n"))


def test_digits_become_the_one_that_terms_have():
    assert without_digits("F-16 in 2023") == "F-00 in 0000"


def test_the_exponent_of_a_power_is_found():
    sizes = [10, 100, 1000]
    assert exponent(sizes, [3 * n**1.5 for n in sizes]) == pytest.approx(1.5)


def test_ratios_are_taken_within_each_round():
    """A busy moment doubles one round for both: the ratio of the medians would be 3 or 0.75."""
    timings = Timings({"a": (2.0, 4.0, 2.0), "b": (1.0, 2.0, 4.0)})
    assert timings.ratio("a", "b") == 2.0


def test_contenders_take_turns():
    order = []
    interleave({"a": lambda: order.append("a"), "b": lambda: order.append("b")}, 3, 0)
    assert order == ["a", "b"] * 3


@pytest.mark.parametrize(
    ("value", "words"),
    [(1234567, "1,234,567"), (1234.5, "1,234"), (45.67, "45.7"), (0.0312, "0.0312"), (None, ""), ("name", "name")],
)
def test_numbers_are_shown_to_the_digits_that_count(value, words):
    assert shown(value) == words


@pytest.fixture
def bare(tmp_path):
    command = [sys.executable, "-m", "benchmarks.http_apps", "constant", "--workers", "1"]
    with serving(command, "/readyz", tmp_path / "log") as server:
        yield server


@pytest.mark.slow
@pytest.mark.parametrize("which", ["wrk", "tests/driver/load.py"])
def test_load_counts_answers_and_refuses_failures(bare, monkeypatch, which):
    if which != "wrk":
        monkeypatch.setenv("PATH", "")
    elif not shutil.which("wrk"):
        pytest.skip("wrk is not installed")
    assert generator() == which
    found = load(f"{bare.url}/v1/tags", [b'{"body": "a"}', b'{"body": "b"}'], 1)
    assert found.rate > 1
    assert 0 < found.p50 <= found.p99
    with pytest.raises(click.ClickException, match="failed"):
        load(f"{bare.url}/nowhere", [b"{}"], 1)


@pytest.mark.bench
def test_a_server_and_its_workers_are_gone_afterwards(tmp_path):
    command = [sys.executable, "-m", "benchmarks.http_apps", "constant", "--workers", "2"]
    with serving(command, "/readyz", tmp_path / "log") as server:
        family = tree(server.process.pid)
        assert len(family) > 2
    assert server.process.returncode is not None
    assert [tree(pid) for pid in family] == [[pid] for pid in family]


def test_a_server_that_does_not_start_is_told_with_its_last_words(tmp_path):
    command = [sys.executable, "-c", "import sys; sys.exit('no luck')"]
    with pytest.raises(click.ClickException, match="no luck"), serving(command, "/", tmp_path / "log"):
        pass


def test_planted_faults_change_the_labels_of_articles_that_are_kept_on_disk(tmp_path):
    ids = [f"s{n:02}" for n in range(13)]
    rows = [{"body": f"word {n}", "sections": [ids[n % 13], ids[(n + 1) % 13]]} for n in range(130)]
    articles, _ = read_made(tmp_path, rows)
    planted = plant(articles, ids, seed=1)
    assert [item.prepared.text for item in planted.articles] == [row["body"] for row in rows]
    given = {id_ for item in planted.articles for id_ in item.sections}
    assert given == set(planted.ids)
    assert all(pair <= given for pair in planted.duplicates)
    assert len(planted.missing) == 2
    assert not given & set(planted.missing)
    assert [item.sections for item in articles] == [frozenset(row["sections"]) for row in rows]


def test_the_page_lists_every_benchmark():
    from benchmarks.__main__ import commands

    page = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")
    rows = "".join(line.partition("| ")[2].partition(" |")[0] for line in page.splitlines() if line.startswith("| `"))
    assert set(re.findall(r"`([a-z-]+)`", rows)) == set(commands.commands)
