import pytest

from classifier.corpus.language import language_of
from classifier.corpus.readers import read_corpus
from classifier.errors import CorpusError
from tests.driver.exports import export, post
from tests.helpers import small_corpus, write_jsonl

GERMAN = (
    "Das Ministerium hat angekündigt, dass die gemeinsamen Übungen im Frühjahr stattfinden werden, obwohl mehrere "
    "Abgeordnete mehr Auskunft über die Kosten verlangen. Die Fischer an der Küste sagen, man habe sie nicht gefragt. "
)


@pytest.fixture
def read(tmp_path, sections):
    def read(rows):
        return read_corpus([write_jsonl(tmp_path / "x.jsonl", rows)], sections).articles

    return read


def test_what_most_articles_seem_to_be_in_is_taken_and_why_is_said(read):
    found = language_of(read([*({"body": GERMAN * 3 + str(n)} for n in range(3)), small_corpus()[0]]))
    assert found.code == "de"
    assert (
        "“de” is assumed: 3 of 4 articles checked look like it. Fix: if that is wrong, use --language CODE"
        in found.guess
    )


def test_a_wordpress_export_names_no_language(tmp_path, sections):
    (tmp_path / "site.xml").write_text(export(post(body=GERMAN * 3)))
    assert language_of(read_corpus([tmp_path / "site.xml"], sections).articles).code == "de"


def test_articles_too_short_to_tell_are_looked_at_together(read):
    found = language_of(read([{"body": GERMAN + str(n)} for n in range(3)]))
    assert found.code == "de"
    assert "each article is too short to tell" in found.guess


def test_what_is_too_short_in_all_is_taken_for_english_and_that_is_said(read):
    found = language_of(read([{"body": "Non."}]))
    assert found.code == "en"
    assert "too short to tell" in found.guess


def test_what_articles_say_counts_whatever_they_seem_to_be_in(read):
    found = language_of(read([{"body": GERMAN * 3, "language": "fr-CA"}, {"body": GERMAN * 4}]))
    assert (found.code, found.guess) == ("fr", "")


def test_what_is_asked_for_counts_where_articles_do_not_say(read):
    articles = read([{"body": GERMAN * 3}])
    assert (language_of(articles, "pt-BR").code, language_of(articles, "pt-BR").guess) == ("pt", "")


def test_articles_that_say_another_language_than_is_asked_for_are_refused(read):
    articles = read([{"body": GERMAN, "language": "de"}])
    assert language_of(articles, "DE-at").code == "de"
    assert language_of(articles, "ger").code == "de"
    with pytest.raises(
        CorpusError, match=r"--language is fr, but the articles are labelled de \(1\). Fix: leave out --language"
    ):
        language_of(articles, "fr")


@pytest.mark.parametrize(
    ("written", "code"),
    [(("no", "nb-NO", "nn"), "no"), (("fil_PH", "tl"), "fil"), (("de_DE_formal", "DEU", "und", ""), "de")],
)
def test_codes_of_the_same_language_are_one_language(written, code, read):
    articles = read([{"body": GERMAN * 3 + str(n), "language": each} for n, each in enumerate(written)])
    assert language_of(articles).code == code


def test_a_code_that_gives_no_language_counts_as_none(read):
    found = language_of(read([{"body": GERMAN * 3, "language": "und"}, {"body": GERMAN * 4, "language": "zxx"}]))
    assert found.code == "de"
    assert "“de” is assumed" in found.guess
    assert language_of(read([{"body": GERMAN, "language": "fr"}]), "und").code == "fr"
