import json
import math
import re
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classifier import Article, Choice
from classifier.answer import Answer
from classifier.errors import InvalidInputError, LanguageError, UnknownFormatError
from classifier.request import NO_CHOICE
from classifier.store.files import Model
from classifier.tagger import MAX_SPANS, Tagger
from tests.helpers import PAGE, ROOT

SOUTH_ASIAN = Article(
    id="s1",
    headline="Delhi and Dhaka agree joint river patrols after border clash",
    body="Indian and Bangladeshi troops traded fire across the frontier for a third day, officials in Delhi said, and "
    "both armies sent reinforcements to the disputed bank. Militants attacked a post in Kashmir with a drone.",
)
WORDS = st.lists(
    st.sampled_from(
        ["navy", "missile", "border", "flood", "drone", "cable", "police", "Delhi", "Tokyo", "2024", "zzz"]
    ),
    max_size=40,
).map(" ".join)


def ids(answer: Answer) -> list[str]:
    return [tag.section for tag in answer.tags]


@settings(max_examples=60)
@given(body=WORDS.filter(bool) | st.text(min_size=1).filter(str.strip))
def test_probabilities_are_within_0_and_1_strongest_first(tagger, body):
    answer = tagger.tag(Article(body=body), Choice(all=True))
    probabilities = [tag.probability for tag in answer.tags]
    assert all(0 <= p <= 1 for p in probabilities)
    assert probabilities == sorted(probabilities, reverse=True)


@settings(max_examples=30)
@given(bodies=st.lists(WORDS.filter(bool), min_size=1, max_size=8))
def test_a_batch_equals_the_singles(tagger, bodies):
    articles = [Article(body=body) for body in bodies]
    assert tagger.tag_many(articles) == [tagger.tag(article) for article in articles]


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [2, 5])
def test_threads_change_no_bit_and_keep_the_order(tagger, jobs):
    articles = [Article(id=str(i), body=f"{SOUTH_ASIAN.body} " * (i % 7 + 1) + f"navy {i} ΣΑΣ İ") for i in range(700)]
    choice = Choice(all=True, explain=True)
    assert tagger.tag_many(articles, choice, jobs) == [tagger.tag(article, choice) for article in articles]


def test_a_model_whose_terms_were_hashed_otherwise_is_refused(tagger):
    manifest = tagger.manifest.model_copy(update={"fingerprint_sample": "0" * 16})
    with pytest.raises(UnknownFormatError, match=r"hashes terms differently\. Fix: train again"):
        Tagger(Model(manifest, tagger._arrays))


@settings(max_examples=30)
@given(body=WORDS.filter(bool))
def test_all_and_explain_change_no_tag(tagger, body):
    plain = tagger.tag(Article(body=body))
    explained = tagger.tag(Article(body=body), Choice(explain=True))
    everything = tagger.tag(Article(body=body), Choice(all=True))
    assert [tag._replace(explanation=None) for tag in explained.tags] == list(plain.tags)
    assert [tag for tag in everything.tags if tag.decision != "below"] == list(plain.tags)
    assert plain.outcome == explained.outcome == everything.outcome


@settings(max_examples=30)
@given(body=WORDS.filter(bool), raised=st.floats(0, 0.5))
def test_a_higher_threshold_gives_a_subset_of_the_tags(tagger, body, raised):
    trained = [
        entry.model_copy(update={"suggest": min(1.0, entry.suggest + raised)}) for entry in tagger.manifest.trained
    ]
    manifest = tagger.manifest.model_copy(update={"trained": tuple(trained)})
    stricter = Tagger(Model(manifest, tagger._arrays))
    without_apply = Choice()
    suggested = set(ids(tagger.tag(Article(body=body), without_apply)))
    assert set(ids(stricter.tag(Article(body=body), without_apply))) <= suggested


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=WORDS.filter(bool))
def test_shares_and_rest_add_up_to_the_logit_of_the_probability(tagger, body):
    for tag in tagger.tag(Article(body=body), Choice(explain=True, all=True)).tags:
        explanation = tag.explanation
        total = math.fsum(item.share for item in explanation.evidence) + explanation.rest
        assert total == pytest.approx(explanation.logit, abs=1e-9)
        assert tag.probability == pytest.approx(1 / (1 + math.exp(-explanation.logit)), abs=1e-12)


def test_evidence_is_what_stands_at_its_place_in_the_text(tagger):
    answer = tagger.tag(SOUTH_ASIAN, Choice(explain=True))
    for tag in answer.tags:
        assert tag.explanation.evidence
        for item in tag.explanation.evidence:
            start, end = item.spans[0]
            assert " ".join(answer.text[start:end].split()) == item.term


def test_evidence_has_its_first_places_and_the_share_of_all(tagger):
    answer = tagger.tag(Article(body="border Ladakh " * 70_000), Choice(explain=True, all=True)).to_json()
    border = [item["spans"] for tag in answer["tags"] for item in tag["evidence"] if item["term"] == "border"]
    assert border
    assert all(spans == [[14 * i, 14 * i + 6] for i in range(MAX_SPANS)] for spans in border)
    for tag in answer["tags"]:
        assert sum(item["share"] for item in tag["evidence"]) + tag["rest"] == pytest.approx(tag["logit"])
    assert len(json.dumps(answer["tags"])) < 1_000_000


def test_no_evidence_comes_from_the_labels_or_the_boilerplate_of_a_page(tagger):
    answer = tagger.tag(Article(body=PAGE), Choice(explain=True, all=True))
    assert answer.text.startswith("Two navies, one mangrove")
    assert answer.text.endswith("arrested two recruiters there.")
    for tag in answer.tags:
        assert all(end <= len(answer.text) for item in tag.explanation.evidence for _, end in item.spans)


def test_a_page_gets_its_sections(tagger):
    assert {"terrorism", "partnerships", "southeast-asia"} <= set(ids(tagger.tag(Article(body=PAGE))))


def test_labels_in_a_page_do_not_change_its_tags(tagger):
    _, _, story = PAGE.partition("\n")
    assert tagger.tag(Article(body=PAGE)).tags == tagger.tag(Article(body=story)).tags
    assert tagger.tag(Article(body="Oceania" + PAGE)).tags == tagger.tag(Article(body=story)).tags


@pytest.mark.parametrize("body", ["xyzzy plugh qwxv", "漢字漢字", "!!! ???", "a b c", "<p></p> x"])
def test_a_text_without_known_terms_gets_no_tags_and_says_so(tagger, body):
    answer = tagger.tag(Article(body=body), Choice(all=True, explain=True))
    assert (answer.outcome, answer.tags) == ("no_known_terms", ())


def test_an_ordinary_story_gets_no_tags(tagger):
    answer = tagger.tag(
        Article(body="The bakery on the corner won a prize for its plum cake, and the band played waltzes.")
    )
    assert (answer.outcome, answer.tags) == ("none", ())


@pytest.mark.parametrize("field", ["current", "rejected", "exclude"])
@pytest.mark.parametrize("label", ["south-asia", "South Asia", "SOUTH ASIA"])
def test_a_section_that_is_decided_or_unwanted_is_not_suggested(tagger, field, label):
    assert "south-asia" in ids(tagger.tag(SOUTH_ASIAN))
    answer = tagger.tag(SOUTH_ASIAN, Choice(all=True, **{field: (label,)}))
    assert "south-asia" not in ids(answer)
    assert len(answer.tags) == 12


def test_only_leaves_nothing_else(tagger):
    assert ids(tagger.tag(SOUTH_ASIAN, Choice(all=True, only=("technology", "oceania")))) in (
        ["technology", "oceania"],
        ["oceania", "technology"],
    )


def test_a_section_that_does_not_exist_is_named_with_its_field(tagger):
    words = "rejected: unknown section “Sout Asia”. Fix: use a section of the vocabulary; the nearest is “South Asia”"
    with pytest.raises(InvalidInputError, match=re.escape(words)):
        tagger.tag(SOUTH_ASIAN, Choice(rejected=("Sout Asia",)))


def test_another_language_is_refused_and_a_variant_is_not(tagger):
    assert tagger.tag(SOUTH_ASIAN.model_copy(update={"language": "en-GB"})).tags == tagger.tag(SOUTH_ASIAN).tags
    with pytest.raises(LanguageError, match="language: the article is in “fr”, but the model was trained on “en”"):
        tagger.tag(SOUTH_ASIAN.model_copy(update={"language": "fr"}))
    with pytest.raises(LanguageError, match="language: “English” is not a language code"):
        tagger.tag(SOUTH_ASIAN.model_copy(update={"language": "English"}))


@pytest.mark.parametrize("language", ["en_US", "eng", "EN", "en_GB.UTF-8", "und", "zxx", ""])
def test_another_way_to_write_the_language_and_one_that_is_not_given_are_taken(language, tagger):
    assert tagger.tag(SOUTH_ASIAN.model_copy(update={"language": language})).tags == tagger.tag(SOUTH_ASIAN).tags


def test_markup_changes_nothing(tagger):
    html = SOUTH_ASIAN.model_copy(
        update={"body": f"<!-- wp:paragraph --><p>{SOUTH_ASIAN.body}</p><!-- /wp:paragraph -->"}
    )
    assert tagger.tag(html) == tagger.tag(SOUTH_ASIAN)


def test_serving_imports_nothing_of_training(starter_models):
    code = f"""
import sys
from classifier import Article, Choice, Tagger
Tagger.load({str(starter_models)!r}).tag(Article(body="border clash"), Choice(explain=True))
from classifier.service import create_app
heavy = {{"sklearn", "scipy", "pandas", "joblib"}}
print(sorted(heavy & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def limited(tagger: Tagger, least: int, most: int | None) -> Tagger:
    manifest = tagger.manifest.model_copy(update={"min_tags": least, "max_tags": most})
    return Tagger(Model(manifest, tagger._arrays))


@settings(max_examples=60)
@given(body=WORDS.filter(bool), least=st.integers(0, 4), more=st.none() | st.integers(0, 3))
def test_an_article_gets_as_many_tags_as_it_must_and_may(tagger, body, least, more):
    most = None if more is None else max(1, least + more)
    bound = limited(tagger, least, most)
    free, answer = tagger.tag(Article(body=body)), bound.tag(Article(body=body))
    if answer.outcome == "no_known_terms":
        assert answer.tags == ()
        return
    ranked = tagger.tag(Article(body=body), Choice(all=True)).tags
    n = max(len(free.tags), least)
    assert len(answer.tags) == (n if most is None else min(n, most))
    assert {t.section for t in answer.tags} <= {t.section for t in free.tags} or {t.section for t in free.tags} <= {
        t.section for t in answer.tags
    }
    for tag in answer.tags:
        before = next(t for t in ranked if t.section == tag.section)
        assert tag.decision == ("review" if before.decision == "below" else before.decision)
    assert answer.outcome == ("tagged" if answer.tags else "none")
    everything = bound.tag(Article(body=body), Choice(all=True))
    assert [t for t in everything.tags if t.decision != "below"] == list(answer.tags)
    assert bound.tag_many([Article(body=body)] * 3, jobs=2) == [answer] * 3


def test_what_the_editor_chose_counts_as_a_tag_of_the_article(tagger):
    quiet = Article(body="The bakery on the corner won a prize for its plum cake, and the band played waltzes.")
    bound = limited(tagger, 1, 1)
    (only,) = bound.tag(quiet).tags
    assert only.decision == "review"
    assert bound.tag(quiet, Choice(current=("oceania",))).tags == ()
    assert len(bound.tag(quiet, Choice(rejected=(only.section,))).tags) == 1
    assert only.section not in ids(bound.tag(quiet, Choice(rejected=(only.section,))))
    assert bound.tag(SOUTH_ASIAN, Choice(current=("oceania",))).tags == ()


HALF_HIDDEN = "<p>Soldiers clashed at the border in Ladakh.</p><button>" + "Share it with all. " * 9 + "</button>"


@pytest.mark.parametrize("choice", [NO_CHOICE, Choice(explain=True)])
def test_an_answer_says_when_most_of_the_body_was_left_out(tagger, choice):
    answer = tagger.tag(Article(headline="A headline does not count", body=HALF_HIDDEN), choice)
    letters = 34, 14 * 9
    assert answer.text_dropped == answer.to_json()["text_dropped"] == letters[1] / sum(letters)
    assert tagger.tag_many([Article(headline="A headline does not count", body=HALF_HIDDEN)], choice) == [answer]


def test_the_share_left_out_is_given_with_explanations_and_otherwise_only_if_it_is_large(tagger):
    little = Article(body="<p>Soldiers clashed at the border in Ladakh.</p><button>Share</button>")
    assert tagger.tag(little).text_dropped is None
    assert "text_dropped" not in tagger.tag(little).to_json()
    assert tagger.tag(little, Choice(explain=True)).text_dropped == 5 / 39
    assert tagger.tag(SOUTH_ASIAN, Choice(explain=True)).to_json()["text_dropped"] == 0
    assert tagger.tag(Article(body="<button>zzyzx</button>"), Choice(explain=True)).text_dropped == 1


@pytest.mark.parametrize("body", ["ΣΑΣ İ navy 2024", "Navy İ border NAVY 2024", "navy missile " * 9_000, "zzz"])
def test_the_words_from_the_scores_of_the_answer_are_those_of_the_article(tagger, body):
    tagger.tag(SOUTH_ASIAN)
    article = Article(body=body)
    sections = ids(tagger.tag(article, Choice(all=True)))
    scored = tagger.scored_last()
    assert tagger.words_for(article, sections, 5, scored) == tagger.words_for(article, sections, 5)
    tagger.tag(SOUTH_ASIAN)
    tagger.tag_many([article, article])
    assert tagger.scored_last() is None
