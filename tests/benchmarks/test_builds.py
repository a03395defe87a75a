import click
import pytest

from benchmarks.builds import HERE, started
from benchmarks.speed_forms import BLOCKS, CLEAN, PAGE, WIRE, FormTimings
from benchmarks.speed_languages import LanguageTimings, made_bodies, read_languages
from benchmarks.speed_targets import Target, targets_report
from benchmarks.timing import Timings, interleave


class Clock:
    """A contender in a process of its own, as far as a benchmark can see: it says how long its calls took."""

    def __init__(self, order, name, seconds):
        self.order, self.name, self.seconds = order, name, seconds

    def time(self, calls):
        self.order.append(self.name)
        return self.seconds


def test_a_contender_elsewhere_takes_turns_and_times_itself():
    order = []
    contenders = {"a": Clock(order, "a", 2.0), "b": Clock(order, "b", 0.5), "c": lambda: order.append("c")}
    found = interleave(contenders, 3, 0)
    assert order == ["a", "b", "c"] * 3
    assert found.ratio("a", "b") == 4.0


@pytest.mark.parametrize(
    ("found", "bound", "at_least", "met"),
    [(4.1, 4.0, True, "yes"), (3.9, 4.0, True, "no"), (0.29, 0.3, False, "yes"), (0.31, 0.3, False, "no")],
)
def test_a_ratio_is_met_on_the_right_side_of_its_bound(found, bound, at_least, met):
    ((_, _, _, given),) = targets_report([Target("x", found, bound, at_least)]).rows
    assert given == met


def test_ratios_of_forms_are_taken_within_the_run_and_left_out_if_a_contender_is_missing():
    timings = Timings(
        {
            f"{BLOCKS}: Copydesk: tag": (30.0, 30.0),
            f"{BLOCKS}: Copydesk before: tag": (150.0, 150.0),
            f"{CLEAN}: Copydesk: tag": (20.0, 20.0),
            f"{BLOCKS}: fastText behind selectolax: predict": (180.0, 180.0),
            f"{PAGE}: Copydesk: tag": (60.0, 60.0),
        }
    )
    found = FormTimings(timings, {BLOCKS: 5_000, CLEAN: 3_000, PAGE: 30_000, WIRE: 3_100}, ())
    ratios = {target.what: target.found for target in found.targets()}
    assert ratios == {
        f"{BLOCKS}: before ÷ now": 5.0,
        f"{BLOCKS} ÷ the same text clean": 1.5,
        "fastText behind selectolax ÷ Copydesk, block HTML": 6.0,
    }
    assert f"5,000 as {BLOCKS}" in found.notes()[0]
    assert [(kind, what, ratio) for kind, what, _, ratio in found.rows()][1] == (
        BLOCKS,
        "Copydesk before: tag",
        5.0,
    )


def test_a_kilobyte_of_a_language_is_compared_with_one_of_english():
    found = LanguageTimings(Timings({"en": (20.0,), "th": (30.0,)}), {"en": 4_000.0, "th": 3_000.0})
    assert found.per_kilobyte("th") == pytest.approx(2.0)
    (target,) = found.targets()
    assert (target.what, target.is_met) == ("th ÷ en, a kilobyte", False)


def test_articles_of_a_language_are_read_by_the_name_of_their_file_unless_they_name_it(tmp_path):
    (tmp_path / "th.jsonl").write_text('{"body": "ฝน"}\n{"body": "雨", "language": "ja"}\n', encoding="utf-8")
    found = read_languages(tmp_path)
    assert {language: [row["body"] for row in rows] for language, rows in found.items()} == {"th": ["ฝน"], "ja": ["雨"]}
    with pytest.raises(click.ClickException, match="holds no articles"):
        read_languages(tmp_path / "nowhere")


def test_made_articles_reach_their_length_in_bytes_with_whole_paragraphs():
    paragraphs = ["น้ำท่วม " * 20, "เรือ " * 30]
    made = made_bodies(["\n".join(paragraphs)])
    assert all(3_250 <= len(body.encode()) + 2 < 4_500 for body in made)
    assert {part for body in made for part in body.split("\n\n")} == {part.strip() for part in paragraphs}


@pytest.fixture(scope="module")
def synthetic():
    from benchmarks.synthetic import synthesise
    from tests.conftest import ARTICLES, SECTIONS_FILE

    return synthesise(ARTICLES, SECTIONS_FILE, 80, 4, 800, 5)


@pytest.mark.slow
def test_a_build_in_a_process_of_its_own_tags_and_times_and_ends(synthetic, tmp_path):
    articles = synthetic.articles
    forms = {CLEAN: articles, BLOCKS: [f"<p>{article}</p>" for article in articles]}
    with started([HERE, HERE], synthetic, forms, tmp_path) as builds:
        one, other = builds
        assert one.tags == other.tags
        assert len(one.tags[CLEAN]) == len(articles)
        assert any(one.tags[CLEAN])
        assert one.turn(BLOCKS).time(5) > 0
        processes = [build._process for build in builds]
    assert [process.returncode for process in processes] == [0, 0]


@pytest.mark.slow
def test_a_folder_without_the_package_is_refused(synthetic, tmp_path):
    (tmp_path / "empty").mkdir()
    with (
        pytest.raises(click.ClickException, match="has no package classifier"),
        started([tmp_path / "empty"], synthetic, {CLEAN: ["a"]}, tmp_path),
    ):
        pass
