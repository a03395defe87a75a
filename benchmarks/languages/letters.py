"""The share of the letters of a set that lie in a term: a letter outside of every term counts for nothing."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.languages.sets import read_set
from benchmarks.report import Report

LEAST = 0.95


def letters_report(folder: Path, names: Sequence[str]) -> Report:
    """Return a row for each set with the share of its letters that lie in a term."""
    report = Report(
        f"Letters that lie in a term of Copydesk's, at least {LEAST:.0%}",
        ["set", "scripts", "letters", "share in a term", "met"],
        n_text_columns=2,
    )
    for name in names:
        found = read_set(folder, name)
        n_in_terms, n_letters = letters_in_terms(example.text for example in found.examples)
        share = n_in_terms / max(n_letters, 1)
        scripts = ", ".join(sorted(found.scripts))
        report.rows.append((name, scripts, n_letters, share, "yes" if share >= LEAST else "no"))
    return report


def letters_in_terms(texts: Iterable[str]) -> tuple[int, int]:
    """Return how many letters of texts lie in a term, and how many letters there are."""
    from classifier.terms.definition import located_features

    n_in_terms = n_letters = 0
    for text in texts:
        inside = bytearray(len(text))
        for feature in located_features(text):
            if " " in feature.text:  # between two words of a pair may be a letter that is in no term
                continue
            inside[feature.start : feature.end] = b"\1" * (feature.end - feature.start)
        letters = [number for number, character in enumerate(text) if character.isalpha()]
        n_letters += len(letters)
        n_in_terms += sum(inside[number] for number in letters)
    return n_in_terms, n_letters
