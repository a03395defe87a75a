#!/usr/bin/env bash
# joblib 1.6.0: Memory computes again for equal arguments if a part of them occurs twice: once as one object, once as two equal ones.
#
# Expected: Memory finds a stored result by the values of the arguments. Two lists that are equal and hold the same types are one argument.
# Seen: joblib.hash reads the pickle, in which the second occurrence of one object is a reference to the first. So articles that share
# a tuple of tags (or a date, or a list) hash differently from the same articles after a round trip through JSON or Parquet, where each
# has its own, and the long computation runs again. Nothing reports it. Strings, integers and dictionary keys are safe, because the hash
# takes them by value. Articles that go through JSON before the call, and so share nothing, hash alike each time.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/shared.py" <<'PYTHON'
import datetime
import json
import sys

import joblib

runs = []


def train(articles):
    runs.append(len(articles))
    return len(articles)


def articles(make):
    """Return two articles; ``make()`` gives what each of them holds."""
    return [("first", make()), ("second", make())]


def runs_for_equal(make, prepare=list):
    """Return how often Memory runs the function for the same articles, first with one part in common, then with equal ones."""
    one = make()
    shared, separate = prepare(articles(lambda: one)), prepare(articles(make))
    assert shared == separate
    cached = joblib.Memory(sys.argv[1], verbose=0).cache(train)
    runs.clear()
    assert cached(shared) == cached(separate) == cached(shared)
    return len(runs)


found = {
    "tuple": runs_for_equal(lambda: tuple(["sport", "world"])),
    "list": runs_for_equal(lambda: ["sport", "world"]),
    "date": runs_for_equal(lambda: datetime.date(2026, 3, 1)),
    "list, by way of JSON": runs_for_equal(lambda: ["sport", "rain"], lambda rows: json.loads(json.dumps(rows))),
    "string": runs_for_equal(lambda: "".join(["sp", "ort"])),
    "integer": runs_for_equal(lambda: int("1" + "0" * 30)),
}
print("joblib", joblib.__version__, "runs for equal arguments:", found)
assert list(found.values()) == [2, 2, 2, 1, 1, 1], "the behaviour has changed"
PYTHON
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet joblib==1.6.0
"$folder/venv/bin/python" "$folder/shared.py" "$folder/cache"
