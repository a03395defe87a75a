import pytest

from classifier.corpus.detection import LanguageDetector
from classifier.corpus.language import language_of, languages_of
from classifier.corpus.readers import Reading, read_corpus
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


THAI = "รัฐมนตรีต่างประเทศของสองประเทศพบกันที่กรุงเทพ"
HINDI = "दोनों देशों के विदेश मंत्रियों ने मंगलवार को नई दिल्ली में सीमा विवाद पर बातचीत की और एक समझौते पर हस्ताक्षर किए"
ENGLISH = (
    "The ministers of both countries met in the capital on Tuesday and signed an agreement about the fishing grounds. "
)
SHORT = [
    (THAI, "th"),
    ("外交部发言人周二回应记者提问", "zh"),
    ("首相は記者会見で述べた", "ja"),
    ("외교부 대변인이 밝혔다", "ko"),
    ("နိုင်ငံခြားရေးဝန်ကြီး", "my"),
    ("រដ្ឋមន្ត្រីការបរទេស", "km"),
    ("Ο υπουργός δήλωσε", "el"),
    ("Lee met Kim: 한국 외교부 대변인 기자회견 발표 내용 정리", "ko"),
]


@pytest.mark.parametrize(("text", "code"), SHORT)
def test_a_short_text_is_judged_if_its_script_tells_its_language(text, code):
    assert LanguageDetector().detect(text) == code
    assert LanguageDetector((code, "en", "de")).detect(text) == code


@pytest.mark.parametrize("text", [HINDI, GERMAN, "Мы", "12 %", ""])
def test_a_short_text_in_a_script_of_many_languages_is_not_judged(text):
    assert LanguageDetector().detect(text) is None


def test_among_few_languages_a_sentence_is_enough():
    assert LanguageDetector(("de", "en", "hi")).detect(GERMAN[:120]) == "de"
    assert LanguageDetector(("de", "en", "hi")).detect(HINDI[:20]) == "hi"  # the only one in its script
    assert LanguageDetector(("en", "th")).detect("Two ships met") == "en"
    assert LanguageDetector(("hi", "ne", "mr")).detect(HINDI) == "hi"


def test_a_text_in_the_script_of_none_of_the_languages_is_in_none_of_them():
    assert LanguageDetector(("en", "de")).detect(HINDI * 9) is None
    assert LanguageDetector(("th", "hi")).detect(ENGLISH * 9) is None


def test_a_language_that_cannot_be_detected_is_not_taken_for_another():
    detector = LanguageDetector(("tpi", "en", "th"))
    assert detector.undetectable == ["tpi"]
    assert detector.detect("Ol manmeri bilong ples i bung long maket na harim tok bilong memba bilong ol. " * 3) is None
    assert detector.detect(THAI) == "th"


def rows_of(*parts):
    """Articles from pairs of text and number, with a language if there is a third."""
    rows = []
    for text, n, *language in parts:
        rows += [
            {"body": f"{text} {len(rows) + k}"} | ({"language": language[0]} if language else {}) for k in range(n)
        ]
    return rows


def test_several_languages_without_the_option_are_refused_and_the_option_is_named(read):
    articles = read(rows_of((GERMAN, 2, "de"), (THAI, 1, "th")))
    with pytest.raises(
        CorpusError, match=r"in several languages: de \(2\), th \(1\). Fix: use --languages all to train"
    ):
        languages_of(articles)


def test_several_languages_with_the_option_are_listed_most_articles_first(read):
    articles = read(rows_of((THAI, 2, "th"), (GERMAN, 3, "de_AT"), (HINDI, 1, "hi")))
    found = languages_of(articles, several=("all",))
    assert (found.codes, found.notes) == (("de", "th", "hi"), ())
    assert found.of_articles == ("th", "th", "de", "de", "de", "hi")


def test_one_language_with_the_option_is_one_language(read):
    assert languages_of(read(rows_of((GERMAN, 3, "de"))), several=("all",)).codes == ("de",)


def test_articles_that_name_no_language_are_detected_and_that_is_said(read):
    found = languages_of(read(rows_of((THAI, 3), (GERMAN * 4, 6), ("Nein.", 2), (ENGLISH, 4, "en"))), several=("all",))
    assert found.codes == ("de", "en", "th")
    assert found.of_articles == ("th",) * 3 + ("de",) * 6 + ("und",) * 2 + ("en",) * 4
    assert found.notes[0].startswith("9 articles have no field “language”; detected: de (6), th (3). Fix:")
    assert found.notes[1].startswith("2 articles name no language, and it cannot be detected")


def test_a_language_detected_in_few_articles_is_not_believed(read):
    found = languages_of(read(rows_of((GERMAN * 4, 4), (ENGLISH * 5, 9))), several=("all",))
    assert found.codes == ("en",)
    assert found.of_articles == ("und",) * 4 + ("en",) * 9
    assert "4 articles name no language, and it cannot be detected" in found.notes[1]


def test_a_language_detected_in_few_articles_counts_if_an_article_names_it(read):
    found = languages_of(read(rows_of((GERMAN * 4, 2), (GERMAN, 1, "de"), (ENGLISH * 5, 9))), several=("all",))
    assert found.codes == ("en", "de")
    assert found.of_articles[:3] == ("de",) * 3


def test_listed_languages_are_the_only_ones_and_a_missing_one_is_said(read):
    found = languages_of(read(rows_of((ENGLISH, 3), (THAI, 1))), several=("en", "th", "hi"))
    assert found.codes == ("en", "th")
    assert found.notes[-1] == "no article is known to be in hi, so the model does not know that language"


def test_articles_that_name_none_are_in_the_language_that_is_asked_for(read):
    found = languages_of(read(rows_of(("Nein.", 2), (THAI, 1, "th"))), "de-AT", ("all",))
    assert (found.codes, found.notes) == (("de", "th"), ())


def test_articles_in_other_languages_than_the_listed_ones_are_left_out(tmp_path, sections):
    rows = rows_of((GERMAN, 2, "German"), (THAI, 1, "th_TH"), (ENGLISH, 1))
    corpus = read_corpus([write_jsonl(tmp_path / "x.jsonl", rows)], sections, Reading(languages=("th", "en")))
    assert corpus.left_out == {"articles in other languages than “th, en”: “de”": 2}
    assert [item.article.language for item in corpus.articles] == ["th", None]


def test_if_no_language_can_be_told_one_is_assumed_and_that_is_said(read):
    found = languages_of(read(rows_of(("Nein.", 2))), several=("all",))
    assert (found.codes, found.of_articles) == (("en",), ("und", "und"))
    assert "“en” is assumed" in found.notes[-1]


def test_a_corpus_that_seems_to_be_in_several_languages_names_the_option(read):
    found = language_of(read(rows_of((THAI, 8), (GERMAN * 4, 6))))
    assert found.code == "th"
    assert "others like de (6) (--languages all trains one model on all of them)" in found.guess
