"""What becomes of sections between two models: shared, renamed, new, gone."""

import pytest

from classifier.sections import Section, Sections
from classifier.store.manifest import Manifest
from classifier.training.measuring.vocabularies import compare_vocabularies, merged


def section(id_, name=None, **more):
    return Section(id=id_, name=name or id_.title(), **more)


def manifest(trained, untrained=()):
    rules = {"support": 9, "slope": 1, "offset": 0, "suggest": 0.5, "apply": None}
    figures = rules | {"precision": 1, "recall": 1, "f1": 1}
    return Manifest(
        format=3,
        version="v",
        created="2026-11-28T00:00:00+00:00",
        language="en",
        trained=[{"section": item, **figures} for item in trained],
        untrained=[{"section": item, "support": 0} for item in untrained],
        n_articles=9,
        n_stories=9,
        data_digest="",
        fingerprint_seed=0,
        fingerprint_sample="",
        settings={},
        libraries={},
        files={},
    )


def test_the_same_sections_are_all_compared_and_nothing_is_said():
    both = [section("sport"), section("arts")]
    found = compare_vocabularies(manifest(both), Sections(both), {"sport", "arts"}, {})
    assert (found.compared, found.new, found.gone, found.renamed) == (("sport", "arts"), (), {}, {})
    assert (found.scope, found.words) == ("all 2 sections", "")


def test_new_and_gone_sections_are_named_with_the_reason():
    before = manifest([section("sport"), section("tech"), section("arts"), section("law")], [section("farms")])
    after = Sections([section("sport"), section("arts"), section("law", status="deprecated"), section("food")])
    why = {"arts": "3 stories", "law": "deprecated"}
    found = compare_vocabularies(before, after, {"sport", "food"}, why)
    assert found.compared == ("sport", "arts")
    assert found.new == ("food",)
    assert found.gone == {"tech": "not in the vocabulary", "arts": "3 stories", "law": "deprecated"}
    assert found.scope == "2 of 3 sections"
    assert found.removed == ("farms",)
    assert found.words == (
        "new: food; gone: tech (not in the vocabulary), arts (3 stories), law (deprecated); "
        "removed from the vocabulary, never trained: farms"
    )


@pytest.mark.parametrize(
    "after",
    [
        [section("sports", "All of it", aliases=("sport",))],
        [section("sports", "All of it", aliases=("The Sport Desk",))],
        [section("sports", "The sport desk")],
        [section("sports"), section("sport", "Old", status="deprecated", replaced_by="sports")],
    ],
    ids=["the old id is an alias", "the old name is an alias", "the name stayed", "replaced_by"],
)
def test_a_section_with_another_id_is_renamed_and_not_gone(after):
    before = manifest([section("sport", "The sport desk"), section("arts")])
    found = compare_vocabularies(before, Sections([*after, section("arts")]), {"sports", "arts"}, {})
    assert found.renamed == {"sport": "sports"}
    assert (found.new, found.gone) == ((), {})
    assert set(found.compared) == {"sports", "arts"}
    assert found.words == "renamed: sport to sports"


def test_names_that_were_exchanged_and_sections_trained_for_the_first_time_are_named():
    before = manifest([section("a", "Sport"), section("b", "Business")], [section("farms")])
    after = Sections([section("a", "Business"), section("b", "Sport"), section("farms")])
    found = compare_vocabularies(before, after, {"a", "b", "farms"}, {})
    assert found.newly_given == ("farms",)
    assert found.words == (
        "other names: a (“Sport” is now “Business”), b (“Business” is now “Sport”); trained for the first time: farms"
    )
    assert found.to_json()["other_names"] == {"a": ["Sport", "Business"], "b": ["Business", "Sport"]}


def test_a_section_that_neither_model_gives_is_a_column_but_not_compared():
    both = [section("sport"), section("farms"), section("old", status="deprecated")]
    found = compare_vocabularies(manifest(both[:1], both[1:]), Sections(both), {"sport"}, {})
    assert found.columns == ("sport", "farms", "old")
    assert (found.compared, found.scope) == (("sport",), "its only section")


def test_the_labels_of_two_vocabularies_are_read_by_one():
    first = Sections(
        [
            section("sport", aliases=("football",)),
            section("tech", aliases=("chips",)),
            section("law", status="deprecated", replaced_by="tech"),
            section("farms", aliases=("cows",)),
            section("odd", status="deprecated"),
        ]
    )
    second = Sections([section("sports", "Sports", aliases=("sport",)), section("computers", "Tech"), section("food")])
    both = merged(first, second)
    means = {"sport": "sports", "football": "sports", "tech": "computers", "chips": "computers", "law": "computers"}
    means |= {"farms": "farms", "cows": "farms", "food": "food", "odd": "odd"}
    assert {label: both.find(label).id for label in means} == means
