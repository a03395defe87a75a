"""Articles of made words: each subject has words of its own, and all share the rest."""

import numpy as np

from classifier.corpus.readers import read_corpus
from classifier.sections import Section, Sections
from tests.helpers import write_jsonl

SUBJECTS = ("wheat", "ships", "banks", "storms")
PLACES = ("north", "south")


def word(subject, number):
    return subject + "".join(chr(ord("a") + int(digit)) for digit in f"{number:02}")


def made_rows(n, rng, subjects=SUBJECTS):
    """Return ``n`` articles, each with a subject and a place; labels are both."""
    rows = []
    for i in range(n):
        subject, place = subjects[i % len(subjects)], PLACES[int(rng.integers(2))]
        words = [word(subject, k) for k in rng.integers(0, 12, 10)]
        words += [word(place, k) for k in rng.integers(0, 8, 6)]
        words += [word("other", k) for k in rng.integers(0, 90, 40)]
        body = " ".join(rng.permutation(words))
        rows.append({"id": f"m{i}", "headline": f"{subject} {i}", "body": body, "sections": [subject, place]})
    return rows


def read_made(folder, rows, extra=()):
    """Return the articles of rows, and a vocabulary of their labels and of ``extra`` ids."""
    ids = sorted({label for row in rows for label in row["sections"]} | set(extra))
    sections = Sections([Section(id=id_, name=id_) for id_ in ids])
    return read_corpus([write_jsonl(folder / "made.jsonl", rows)], sections).articles, sections


def relabelled(rows, change):
    return [row | {"sections": sorted({new for label in row["sections"] for new in change(label)})} for row in rows]


def rng():
    return np.random.default_rng(0)
