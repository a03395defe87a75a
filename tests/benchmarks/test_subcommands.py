"""Each subcommand, on sizes so small that its figures mean nothing: that it runs to its end and says what it should."""

import json
import subprocess
import sys
from random import Random

import pytest

from benchmarks.forms import FORMS
from tests.helpers import ROOT, environment

pytestmark = pytest.mark.bench
_SPORT = "goal penalty striker referee pitch league coach header defender whistle crowd captain"
_RAIN = "storm wind cloud flood gale drizzle thunder river dyke forecast umbrella hail"
TOPICS = {"sport": _SPORT.split(" "), "rain": _RAIN.split(" ")}
SMALL = ["--articles", "80", "--features", "800"]


def measured(*args: str) -> dict[str, object]:
    command = [sys.executable, "-m", "benchmarks", *args, "--json"]
    done = subprocess.run(
        command, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def write_languages(folder):
    folder.mkdir()
    for code, text in {"th": "เรือประมงกลับเข้าฝั่งก่อนพายุ", "zh": "中国外交部发言人昨天说"}.items():
        rows = [{"body": f"{text} {n}", "sections": ["a" if n % 2 else "b"]} for n in range(40)]
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (folder / f"{code}.jsonl").write_text(lines, encoding="utf-8")
    return str(folder)


def test_speed_times_one_article_a_batch_and_loading_beside_the_floor(tmp_path):
    sizes = ["--texts", "4", "--sections", "5", "--rounds", "1", "--seconds", "0"]
    others = ["--languages", write_languages(tmp_path / "languages"), "--before", str(ROOT)]
    found = measured("speed", *SMALL, *sizes, *others)
    times = {row["what"]: row["µs an article"] for row in found["rows"]}
    kinds = {row["articles"] for row in found["rows"]}
    clean = {"clean ASCII, another each time", "clean ASCII, the same again", "a batch", "none"}
    assert kinds == clean | set(FORMS) | {"en", "th", "zh"}
    of_forms = {(row["articles"], row["what"]) for row in found["rows"] if row["articles"] in FORMS}
    assert {(form, what) for form in FORMS for what in ("Copydesk: tag", "Copydesk before: tag")} <= of_forms
    ratios = {row["ratio"]: row["found"] for row in found["ratios"]}
    assert {"block HTML: before ÷ now", "30 kB page: now ÷ before", "th ÷ en, a kilobyte"} <= set(ratios)
    assert all(ratio > 0 for ratio in ratios.values())
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


def test_protocols_loads_both_routes_next_to_tags_and_prints_the_published_latencies():
    found = measured("protocols", *SMALL, "--rounds", "1", "--seconds", "1", "--least", "0")
    ours = [row for row in found["rows"] if not row["what"].startswith("published")]
    assert [row["what"].split(",")[0] for row in ours] == [
        *("POST /v1/tags", "POST /v1/systemone", "POST /v1/decisions", "POST /v1/systemone"),
    ]
    assert all(row["requests/s"] > 0 and row["p50, ms"] > 0 for row in ours)
    assert [row["p50, ms"] for row in found["rows"][len(ours) :]] == [260, 1_000, 3, 12]


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


def test_languages_scores_each_set_and_compares_one_model_of_many_with_one_a_language(tmp_path):
    for name in ("sib_eng_Latn", "sib_ind_Latn"):
        (tmp_path / name).mkdir()
        for part, numbers in (("train", range(80)), ("test", range(80, 100))):
            rows = [
                {
                    "id": str(n),
                    "story": str(n),
                    "body": " ".join(Random(n).sample(TOPICS[topic], 9)),
                    "sections": [topic],
                }
                for n in numbers
                for topic in [sorted(TOPICS)[n % 2]]
            ]
            lines = "".join(json.dumps(row) + "\n" for row in rows)
            (tmp_path / name / f"{part}.jsonl").write_text(lines, encoding="utf-8")
    options = ["--peers", "scikit-learn words,ICU", "--multilingual", "--copies", "--letters", "--scores"]
    scores, compared, multilingual, copies, letters = measured("languages", "--data", str(tmp_path), *options)
    assert {row["classifier"] for row in scores["rows"]} >= {"Copydesk", "scikit-learn words"}
    assert all(row["micro-F1"] > 95 for row in scores["rows"])
    assert [row["set"] for row in compared["rows"]] == ["sib_eng_Latn", "sib_ind_Latn"]
    assert {row["set"] for row in multilingual["rows"]} == {"sib_eng_Latn", "sib_ind_Latn", "mean"}
    assert all(row["alone"] > 90 and row["with the others"] > 90 for row in multilingual["rows"])
    assert [row["found"] for row in copies["rows"]] == [100]
    assert all(row["share in a term"] > 0.95 for row in letters["rows"])


def test_few_scores_with_and_without_an_archive(tmp_path):
    random = Random(4)
    rows = [
        {"body": " ".join(random.choices(TOPICS[topic], k=9)), "sections": [topic]}
        for topic in TOPICS
        for _ in range(60)
    ]
    file = tmp_path / "train.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    found = measured("few", str(file), "--sizes", "30", "--seeds", "2")
    assert [(row["labels"], row["seed"], row["archive"]) for row in found["rows"]] == [(30, 0, 45), (30, 1, 45)]
    for row in found["rows"]:
        assert row["plain micro-F1"] > 0.8
        assert row["latent micro-F1"] > 0.8
        assert row["chosen"] in {"yes", "no"}


def test_rivals_scores_copydesk_and_the_others_on_the_same_texts_or_names_what_is_missing(tmp_path):
    random = Random(5)
    (tmp_path / "mas_eng").mkdir()
    for part, n in (("train", 60), ("test", 20)):
        rows = [{"body": " ".join(random.choices(TOPICS[topic], k=9)), "sections": [topic]} for topic in TOPICS] * n
        rows = [row | {"body": f"{row['body']} {random.random()}"} for row in rows]
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        (tmp_path / "mas_eng" / f"{part}.jsonl").write_text(lines, encoding="utf-8")
    found = measured("rivals", "--data", str(tmp_path))
    rows = {row["classifier"]: row for row in found["rows"]}
    ran = [row for name, row in rows.items() if not name.startswith("published")]
    assert {row["scored"] for row in ran} == {40}
    assert all(row["micro-F1"] > 0.9 and row["training, CPU s"] > 0 and row["CPU µs a text"] > 0 for row in ran)
    for rival in (
        "Copydesk",
        "scikit-learn: TF-IDF, LinearSVC, defaults",
        "fastText",
        "LibMultiLabel: linear, one-vs-rest",
    ):
        assert rival in rows or any(note.startswith(f"{rival} is not measured") for note in found["notes"])
    assert "published: AfroXLMR-large, mean of 16 languages" in rows


def test_sections_trains_on_more_and_more_of_them_and_says_what_a_peer_died_of():
    found = measured("sections", "--sizes", "20", "--articles", "500", "--minutes", "5", "--before", str(ROOT))
    ours = [row for row in found["rows"] if row["classifier"].startswith("Copydesk")]
    assert [row["sections"] for row in ours] == [13, 13, 20, 20]
    for row in ours:
        assert row["died of"] == ""
        assert row["train, s"] > 0
        assert row["model, MB"] > row["report, MB"] > 0
        assert row["÷ 13 sections"] > 0
        assert 0.5 < row["micro-F1"] <= 1
    peers = [row for row in found["rows"] if not row["classifier"].startswith("Copydesk")]
    assert {row["classifier"].partition(":")[0] for row in peers} == {"scikit-learn", "Omikuji", "LibMultiLabel"}
    assert all((row["micro-F1"] is None) == bool(row["died of"]) for row in peers)


def test_doctor_counts_the_planted_faults_that_are_found():
    found = measured("doctor", "--seeds", "1")
    planted, without = found["rows"]
    assert (planted["seed"], without["seed"]) == ("1", "no faults")
    assert 0 < planted["recall"] <= 1
