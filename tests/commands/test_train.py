import json
import re
import signal
import subprocess
import sys
import time

import pytest

from classifier.store.registry import Registry
from classifier.tagger import Tagger
from classifier.training.training_settings import FEW_CHARACTERS
from tests.driver.exports import TAIL, post, write_export
from tests.helpers import ROOT, environment, run_python, small_corpus, unspaced_corpus, write_jsonl
from tests.languages import translated

MISTAKES = (
    "id,title,content,tags,language\n"
    "m1,Bad section,Body,Tecnology,en\n"
    f"m2,{'Bad title ' * 300},Body,Technology,en\n"
    "a0,Bad id,Body,Technology,en\n"
    'm4,"Bad quote,Body,Technology,en\n'
    "m5,Bad language,Body,Technology,the usual one\n"
)


@pytest.fixture
def good(tmp_path):
    return write_jsonl(tmp_path / "good.jsonl", small_corpus())


@pytest.fixture
def bad(tmp_path):
    path = tmp_path / "mistakes.csv"
    path.write_text(MISTAKES)
    return path


def train(*args, **options):
    return run_python("train.py", "--jobs", 1, *args, env=environment(), **options)


@pytest.mark.slow
def test_a_run_prints_quality_and_where_the_model_lies(good, tmp_path):
    done = train("--data", good, "--models", tmp_path / "models")
    assert done.returncode == 0, done.stderr
    version = Registry(tmp_path / "models").current()
    assert version in done.stderr
    assert re.search(r"technology\s+12\s+\d\.\d{3}\s+\d\.\d{3}\s+\d\.\d{3}", done.stdout)
    assert "not trained, because they have too few stories (near-duplicates count once): south-asia (0)" in done.stdout
    assert "\x1b" not in done.stdout + done.stderr


@pytest.mark.slow
def test_bad_rows_stop_the_run_and_each_is_named(good, bad, tmp_path):
    done = train("--data", good, "--data", bad, "--models", tmp_path / "models")
    assert done.returncode == 2
    for line, words in [
        (
            2,
            "unknown section “Tecnology”. Fix: use a section of the vocabulary; "
            "the nearest is “Technology” (technology)",
        ),
        (3, "title: longer than the 2,000 characters allowed"),
        (4, f"id: already used at {good}:1"),
        (5, "broken quotes"),
        (6, "language: “the usual one” is not a language code"),
    ]:
        assert re.search(rf"mistakes\.csv:{line}: .*{re.escape(words)}", done.stderr)
    assert "5 of 41 rows cannot be used, so nothing was trained" in done.stderr
    assert "--skip-bad" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "models").exists()


@pytest.mark.slow
def test_skip_bad_trains_on_the_others_and_keeps_the_bad_rows_whole(good, bad, tmp_path):
    rejects = tmp_path / "set-aside.jsonl"
    done = train("--data", good, "--data", bad, "--models", tmp_path / "models", "--skip-bad", "--rejects", rejects)
    assert done.returncode == 0, done.stderr
    assert str(rejects) in done.stderr
    rows = [json.loads(line) for line in rejects.read_text().splitlines()]
    assert [row["raw"] for row in rows] == MISTAKES.splitlines()[1:]
    assert [row["line"] for row in rows] == [2, 3, 4, 5, 6]
    assert Tagger.load(tmp_path / "models").manifest.n_articles == 36


@pytest.mark.slow
def test_where_no_row_is_good_nobody_is_sent_to_train_on_the_others(tmp_path):
    bad = write_jsonl(
        tmp_path / "bad.jsonl", [{"body": "words", "sections": ["sport"]}, {"body": 5, "sections": [None]}]
    )
    refused = train("--data", bad, "--models", tmp_path / "models")
    assert refused.returncode == 2
    assert "2 of 2 rows cannot be used" in refused.stderr
    assert "--skip-bad" not in refused.stderr
    rejects = tmp_path / "rejects.jsonl"
    refused = train("--data", bad, "--models", tmp_path / "models", "--skip-bad", "--rejects", rejects)
    assert refused.returncode == 2
    assert "all 2 rows have errors. Fix: correct them" in refused.stderr
    assert len(rejects.read_text().splitlines()) == 2
    assert "Traceback" not in refused.stderr


@pytest.mark.slow
def test_articles_without_a_term_in_common_are_refused_in_words(tmp_path):
    data = write_jsonl(tmp_path / "x.jsonl", unspaced_corpus(14))
    refused = train("--data", data, "--models", tmp_path / "models")
    assert refused.returncode == 2
    assert "only 0 of 14 articles share words" in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.slow
def test_a_curve_that_cannot_be_drawn_does_not_cost_the_model(tmp_path):
    rows = small_corpus(5)
    for row in rows:  # with so many characters in all, words must be in two articles
        row["body"] = f"{row['body']} {'long' * (FEW_CHARACTERS // 20)}"
    data = write_jsonl(tmp_path / "x.jsonl", rows)
    done = train("--data", data, "--models", tmp_path / "models", "--min-support", 2, "--curve", "--ignore-checks")
    assert done.returncode == 0, done.stderr
    assert "no learning curve: 5 stories are too few" in done.stderr
    assert Tagger.load(tmp_path / "models").manifest.n_articles == 5


def leaking(n=36):
    rows = small_corpus(n)
    for row in rows:
        if "technology" in row["sections"]:
            row["body"] += "\n\nTechnology"
    return rows


@pytest.mark.slow
def test_one_check_can_be_ignored_by_name(tmp_path):
    data = write_jsonl(tmp_path / "x.jsonl", leaking())
    refused = train("--data", data, "--models", tmp_path / "models")
    assert refused.returncode == 1
    assert "train anyway with --ignore-check leaked-header (--ignore-checks ignores every check)" in refused.stderr
    other = train("--data", data, "--models", tmp_path / "models", "--ignore-check", "encoding")
    assert other.returncode == 1
    done = train("--data", data, "--models", tmp_path / "models", "--ignore-check", "leaked-header")
    assert done.returncode == 0, done.stderr
    assert "error: technology: 12 of the 12 articles of this section name it" in done.stderr
    unknown = train("--data", data, "--models", tmp_path / "models", "--ignore-check", "no-such-check")
    assert unknown.returncode == 2
    assert "leaked-header" in unknown.stderr


@pytest.mark.slow
def test_a_section_on_every_article_is_left_out_with_a_warning(tmp_path):
    rows = [{**row, "sections": [*row["sections"], "oceania"]} for row in small_corpus()]
    done = train("--data", write_jsonl(tmp_path / "x.jsonl", rows), "--models", tmp_path / "models")
    assert done.returncode == 0, done.stderr
    assert "warning: oceania: every article has this section, so it cannot be learned" in done.stderr
    assert "36 of 60 labels count as missed" in done.stdout
    assert "oceania (36)" not in done.stdout


@pytest.mark.slow
def test_the_same_data_and_seed_give_the_same_digest_whatever_the_number_of_jobs(good, tmp_path):
    versions = []
    for jobs in (1, 2):
        models = tmp_path / str(jobs)
        assert train("--data", good, "--models", models, "--jobs", jobs).returncode == 0
        versions += Registry(models).versions()
    assert versions[0].split("-")[1] == versions[1].split("-")[1]


@pytest.mark.slow
def test_review_only_is_said_in_the_terminal_the_report_and_the_manifest(good, tmp_path):
    done = train("--data", good, "--models", tmp_path / "models", "--review-only")
    assert done.returncode == 0, done.stderr
    assert "The model would apply no tag, because it was trained with --review-only" in done.stdout
    folder = Registry(tmp_path / "models").folder()
    report = (folder / "report.html").read_text("utf-8")
    assert "<b>Always need an editor:</b> all sections, because the model was trained with --review-only" in report
    assert "without an editor:</b> none, because the model was trained with --review-only" in report
    manifest = Tagger.load(tmp_path / "models").manifest
    assert manifest.settings["review_only"] is True
    assert [entry.apply for entry in manifest.trained] == [None] * len(manifest.trained)


@pytest.mark.slow
def test_no_promote_leaves_the_live_model(good, tmp_path):
    models = tmp_path / "models"
    train("--data", good, "--models", models)
    before = Registry(models).current()
    assert train("--data", good, "--models", models, "--seed", 1, "--no-promote").returncode == 0
    assert Registry(models).current() == before
    assert len(Registry(models).versions()) == 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--data", "nowhere.csv"], "nowhere.csv does not exist"),
        (["--sections", "nowhere.toml"], "nowhere.toml cannot be read"),
        (["--jobs", "0"], "--jobs"),
        (["--unknown"], "--unknown"),
        (["--scheduler", "loky"], "--scheduler works only with --search. Fix: add --search"),
        (["--latent", "on"], "--latent on needs articles to learn from. Fix: name their files with --archive"),
        (["--language", "German"], "must be a language code (BCP 47) such as de"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line_with_exit_code_2(args, words, tmp_path):
    done = run_python("train.py", "--models", tmp_path, *args, env=environment())
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_an_export_trains_a_model_and_what_was_passed_over_is_said(tmp_path):
    path = write_export(tmp_path / "site.xml", 36)
    extra = post(99, labels=["technology"], meta=[("_copydesk_applied", "technology")])
    page = post(100, kind="page")
    known = path.read_text().replace(TAIL, extra + page + TAIL)
    path.write_text(known.replace('nicename="technology"', 'nicename="technology-news"'))
    refused = train("--data", path, "--models", tmp_path / "models")
    assert refused.returncode == 0, refused.stderr  # the category's name is still a section's
    path.write_text(known.replace(TAIL, post(101, labels=["sport"]) + TAIL))
    refused = train("--data", path, "--models", tmp_path / "models")
    assert refused.returncode == 2
    assert "unknown section “sport”" in refused.stderr
    assert "--ignore-unknown drops the labels that are not sections" in refused.stderr
    done = train("--data", path, "--models", tmp_path / "models", "--ignore-unknown")
    assert done.returncode == 0, done.stderr
    assert "labels dropped because they are not sections: “sport” (1)" in done.stderr
    assert "left out (1): pages (post type page)" in done.stderr
    assert "left out (1): posts whose labels were all applied by Copydesk" in done.stderr
    assert Tagger.load(tmp_path / "models").manifest.n_articles == 37
    kept = train("--data", path, "--models", tmp_path / "models", "--ignore-unknown", "--machine-labels")
    assert "whose every label" not in kept.stderr
    assert Tagger.load(tmp_path / "models").manifest.n_articles == 38


@pytest.mark.slow
def test_the_language_of_articles_that_do_not_say_theirs_is_seen_or_given(good, tmp_path):
    done = train("--data", good, "--models", tmp_path / "seen")
    assert "no article has a field “language”, so “en” is assumed: 36 of 36 articles checked" in done.stderr
    assert Tagger.load(tmp_path / "seen").manifest.language == "en"
    done = train("--data", good, "--models", tmp_path / "given", "--language", "de-AT")
    assert "has a field “language”" not in done.stderr
    assert Tagger.load(tmp_path / "given").manifest.language == "de"


@pytest.mark.slow
def test_several_languages_are_asked_for_by_an_option_or_the_settings_file(tmp_path):
    data = write_jsonl(tmp_path / "x.jsonl", translated(small_corpus(), "story"))
    models = tmp_path / "models"
    refused = train("--data", data, "--models", models)
    assert refused.returncode == 2
    assert "in several languages: en (36), ru (36). Fix: use --languages all" in refused.stderr
    done = train("--data", data, "--models", models, "--languages", "all")
    assert done.returncode == 0
    assert re.search(r"^language +articles +micro-F1", done.stdout, re.MULTILINE)
    assert re.search(r"^ru +36 ", done.stdout, re.MULTILINE)
    assert Tagger.load(models).languages == ("en", "ru")
    wrong = train("--data", data, "--models", models, "--languages", "en,Thai")
    assert wrong.returncode == 2
    assert "--languages is “en,Thai”, but it must be “all”, or codes of languages such as en,hi,th" in wrong.stderr
    (tmp_path / "copydesk.toml").write_text('languages = "en, ru"\n')
    config = {"COPYDESK_CONFIG": str(tmp_path / "copydesk.toml")}
    command = ("train.py", "--jobs", 1, "--data", data, "--models", tmp_path / "file")
    assert run_python(*command, env=environment(**config)).returncode == 0
    assert Tagger.load(tmp_path / "file").languages == ("en", "ru")
    one = run_python(*command, "--language", "ru", "--force", env=environment(**config))
    assert "left out (36): articles in other languages than “ru”: “en”" in one.stderr
    assert Tagger.load(tmp_path / "file").languages == ("ru",)


@pytest.mark.slow
def test_quoted_globs_are_expanded(good, tmp_path):
    assert train("--data", good.parent / "g*.jsonl", "--models", tmp_path / "models").returncode == 0
    refused = train("--data", good.parent / "nothing*.jsonl", "--models", tmp_path / "models")
    assert refused.returncode == 2
    assert "matches no file" in refused.stderr


@pytest.mark.slow
def test_being_killed_at_any_moment_leaves_a_live_model_that_loads(good, tmp_path):
    """SIGKILL at twenty moments spread over a whole run; the last few fall after its end."""
    models = tmp_path / "models"
    start = time.monotonic()
    assert train("--data", good, "--models", models).returncode == 0
    whole = time.monotonic() - start
    killed = 0
    for moment in range(20):
        command = [sys.executable, "train.py", "--jobs", "1", "--data", str(good), "--models", str(models)]
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            process.wait(timeout=whole * (moment + 1) / 19)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            killed += process.wait() == -signal.SIGKILL
        version = Registry(models).current()
        assert version is not None
        assert Tagger.load(models).version == version
    assert killed >= 10
    assert train("--data", good, "--models", models).returncode == 0
