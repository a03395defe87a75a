"""Each subcommand, on sizes so small that its figures mean nothing: that it runs to its end and says what it should."""

import json
import subprocess
import sys

import pytest

from tests.helpers import ROOT, environment

pytestmark = pytest.mark.bench
SMALL = ["--articles", "80", "--features", "800"]


def measured(*args: str) -> dict[str, object]:
    command = [sys.executable, "-m", "benchmarks", *args, "--json"]
    done = subprocess.run(
        command, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_speed_times_one_article_a_batch_and_loading_beside_the_floor():
    found = measured("speed", *SMALL, "--texts", "4", "--sections", "5", "--rounds", "1", "--seconds", "0")
    times = {row["what"]: row["µs an article"] for row in found["rows"]}
    assert {row["articles"] for row in found["rows"]} == {"another each time", "the same again", "a batch", "none"}
    assert {
        "Copydesk: tag, from str",
        "scikit-learn pipeline: predict",
        "floor: checksum of the bytes",
        "Copydesk: tag_many, one thread",
        "Copydesk: tag_many, two threads",
        "scikit-learn pipeline: predict a batch",
        "Copydesk: load the model",
    } <= set(times)
    assert all(time > 0 for time in times.values())
    for peer in ("fastText", "Vowpal Wabbit", "Omikuji", "LibMultiLabel"):  # measured, or named with the reason
        assert f"{peer}: predict" in times or any(note.startswith(f"{peer} is not measured") for note in found["notes"])
    assert "cores" in found["machine"]
    assert "copydesk" in found["versions"]


def test_fit_refuses_to_compare_unless_the_matrices_are_the_same():
    found = measured("fit", "--made", "60", "--rounds", "1")
    assert [row["what"] for row in found["rows"]] == [
        "TfidfVectorizer",
        "TfidfFeatures, one thread",
        "TfidfFeatures, two threads",
    ]
    assert "the matrices are the same" in found["notes"][0]


def test_scale_trains_at_each_size_and_gives_the_exponents():
    found = measured("scale", "--sizes", "80,160", "--stages")
    assert [row["articles"] for row in found["rows"]] == [80, 160]
    assert all(
        row["CPU, s"] > 0 and row["peak MiB, all processes"] >= row["peak MiB, largest"] for row in found["rows"]
    )
    assert "looking for copies" in found["notes"][0]  # of so few articles most stages take no time that is told
    assert found["notes"][-1].startswith("exponents of growth")


def test_http_loads_the_real_service_and_all_others():
    forms = ["--form", "clean ASCII", "--form", "block HTML"]
    found = measured("http", *SMALL, *forms, "--rounds", "1", "--seconds", "1", "--beside", str(ROOT))
    rates = {(row["body"], row["what"]): row["articles/s"] for row in found["rows"]}
    routes = ["bare route: reads the body, sends a constant", "bare route: parses JSON, writes JSON"]
    for form in ("clean ASCII", "block HTML"):
        assert {what for body, what in rates if body == form} >= {
            "Copydesk",
            "Copydesk, the other checkout",
            *routes,
        }
    assert {what for body, what in rates if body == "clean ASCII"} >= {
        "scikit-learn pipeline in Flask",
        "Copydesk, batches",
    }
    assert all(rate > 0 for rate in rates.values())


@pytest.mark.skipif(sys.platform != "linux", reason="smaps is Linux's")
def test_memory_finds_the_models_pages_in_every_worker():
    found = measured("memory", *SMALL, "--workers", "2")
    assert len(found["rows"]) == 2
    for row in found["rows"]:
        assert 0 < row["of those shared"] <= row["model pages resident"] < row["resident"]
        assert row["private"] < row["proportional"] < row["resident"]


@pytest.mark.parametrize(
    "args", [["scale", "--sizes", "many"], ["fit", "--made", "0"], ["fit", "--reuters", "nowhere"]]
)
def test_options_that_cannot_be_used_are_refused_with_a_line(args):
    command = [sys.executable, "-m", "benchmarks", *args]
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "Error" in done.stderr
    assert "Traceback" not in done.stderr


def test_oversized_counts_for_each_client_how_often_it_saw_the_answer():
    found = measured("oversized", "--tries", "1")
    assert {"Python http.client", "Python requests", "Python httpx"} <= {row["client"] for row in found["rows"]}
    assert all(row["direct"] == 1 for row in found["rows"])


def test_door_measures_a_caller_with_a_key_beside_each_kind_of_other_callers():
    found = measured("door", "--seconds", "2")
    assert [row["what"] for row in found["rows"]] == ["nobody", "50 slow", "1,100 silent", "20 flooding"]
    assert all(row["calls"] > 0 and row["failed"] == 0 for row in found["rows"])
