"""An export of this WordPress trains a model, and posts that the machine alone labelled are not in it."""

import json
import subprocess
import sys

from classifier.corpus.readers import Reading, read_corpus
from classifier.sections import Sections
from tests.cms.stories import TERROR, TERROR_BODY
from tests.conftest import ARTICLES
from tests.helpers import ROOT, environment

BY_EDITORS = 300


def test_an_export_trains_a_model_without_posts_that_the_machine_alone_labelled(site, front, vocabulary, tmp_path):
    site.empty()
    stories = [
        json.loads(line) for path in sorted(ARTICLES.glob("*.jsonl")) for line in path.read_text().splitlines()[:30]
    ][:BY_EDITORS]
    by_editors = insert(site, stories)
    machine = [
        site.publish(f"{TERROR} {number}", TERROR_BODY.replace("Jolo", f"Jolo {number}"))["id"] for number in range(5)
    ]
    mixed = site.publish(f"{TERROR} mixed", TERROR_BODY, categories=[site.categories["oceania"]])["id"]
    kept = site.publish("Kept", TERROR_BODY)["id"]
    site.update(kept, categories=[])  # the editor took everything off ...
    site.update(kept, categories=[site.categories["security-watch"]])  # ... and put one section back

    export = tmp_path / "export.xml"
    export.write_text(
        site.php("require_once ABSPATH . 'wp-admin/includes/export.php'; export_wp(['content' => 'all']);")
    )
    assert "_copydesk_answer" not in export.read_text()

    corpus = read_corpus([export], Sections.load(vocabulary), Reading(ignore_unknown=True))
    labels = {int(item.article.id.rsplit("/", 1)[1]): set(item.sections) for item in corpus.articles}
    assert not set(machine) & set(labels)
    assert labels[mixed] >= {"oceania", "terrorism"}
    assert labels[kept] == {"terrorism"}
    assert {post: labels[post] for post in by_editors} == by_editors

    models = tmp_path / "models"
    command = [
        sys.executable,
        "train.py",
        "--data",
        str(export),
        "--sections",
        str(vocabulary),
        "--models",
        str(models),
        "--ignore-unknown",
        "--ignore-checks",
    ]
    done = subprocess.run(
        command, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=280, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "left out (5): posts whose labels were all applied by Copydesk itself" in done.stdout + done.stderr
    assert (models / "CURRENT").exists()


def insert(site, stories):
    """File posts as editors would; return the sections of each by its id."""
    categories = site.section_categories()
    rows = []
    for story in stories:
        sections = [section for section in story["sections"] if section in categories]
        if len(sections) == len(story["sections"]):
            terms = [categories[section] for section in sections]
            rows.append({"title": story["headline"], "body": story["body"], "sections": sections, "terms": terms})
    return {post: set(row["sections"]) for post, row in zip(site.insert(rows), rows, strict=True)}
