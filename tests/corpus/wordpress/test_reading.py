import json

import pytest

from classifier import Section, Sections
from classifier.corpus.readers.account import refuse_unlabelled
from classifier.corpus.readers.wordpress.default_category import is_default
from classifier.errors import CorpusError
from classifier.language_codes import language_code
from tests.driver.exports import HEAD, category, export, post


def labels(corpus):
    return {item.article.id.rpartition("/")[2]: set(item.sections) for item in corpus.articles}


def term(taxonomy, slug, name=None):
    return f'<category domain="{taxonomy}" nicename="{slug}"><![CDATA[{name or slug.title()}]]></category>\n'


def unread(corpus):
    return [found for account in corpus.accounts for found in account.unread_labels]


def notes(corpus):
    return " ".join(corpus.notes())


def test_the_terms_of_a_named_taxonomy_are_the_labels(read):
    source = export(
        post(1, labels=["uncategorized"], more=term("section", "technology")),
        post(2, labels=["uncategorized"], more=term("section", "south-asia") + term("desk", "oceania")),
    )
    assert labels(read(source, taxonomies=("section",))) == {"1": {"technology"}, "2": {"south-asia"}}
    both = read(source, taxonomies=("section", "desk"))
    assert labels(both)["2"] == {"south-asia", "oceania"}


def test_taxonomies_that_are_not_read_are_told_with_their_counts(read):
    source = export(
        post(1, labels=["uncategorized"], more=term("section", "technology")),
        post(2, labels=["uncategorized"], more=term("section", "technology") + term("language", "en")),
        post(3, labels=["uncategorized"], more=term("section", "oceania"), kind="page"),
    )
    corpus = read(source)
    assert {(found.option, found.n_articles) for found in unread(corpus)} == {
        ("--taxonomy post_tag", 2),
        ("--taxonomy section", 2),
    }
    (section,) = (found for found in unread(corpus) if found.option == "--taxonomy section")
    assert section.examples == ("Technology",)


def test_only_taxonomies_with_sections_are_offered_if_there_are_any_and_all_are_counted(read):
    source = export(
        post(1, labels=["uncategorized"], more=term("mood", "calm")),
        post(2, labels=["uncategorized"], more=term("section", "technology") + term("mood", "calm")),
    )
    with pytest.raises(CorpusError) as error:
        refuse_unlabelled(read(source).accounts)
    message = str(error.value)
    assert "taxonomy “section” (1 article) has values such as Technology; taxonomy “post_tag” (2 articles)" in message
    assert "taxonomy “mood” (2 articles) has values such as Calm" in message
    assert message.endswith("Fix: add --taxonomy section, or add --all-unlabelled if it is true")
    with pytest.raises(CorpusError, match=r"Fix: add --taxonomy (mood|post_tag) or --taxonomy (mood|post_tag), or add"):
        refuse_unlabelled(read(export(post(1, labels=[], more=term("mood", "calm")))).accounts)


def test_a_taxonomy_with_sections_is_offered_if_no_category_is_one(read):
    corpus = read(export(post(1, labels=["featured"], more=term("section", "technology"))))
    assert len(corpus.rejects) == 1
    (line,) = corpus.labels_instead()
    assert "labels are read from “category”" in line
    assert line.endswith("Fix: read them with --taxonomy section")
    categorized = export(post(1, labels=["technology"]), post(2, labels=["featured"], more=term("section", "oceania")))
    assert read(categorized).labels_instead() == []


def test_a_post_type_that_is_named_is_read_instead_of_posts(read):
    source = export(post(1), post(2, kind="news_article", labels=["technology"]), post(3, kind="page"))
    assert labels(read(source, post_types=("news_article",))) == {"2": {"technology"}}
    assert set(labels(read(source, post_types=("post", "news_article")))) == {"1", "2"}


def test_what_is_left_out_is_counted_by_type_and_status(read):
    corpus = read(
        export(
            post(1),
            post(2, kind="page"),
            post(3, kind="news_article"),
            post(4, status="draft"),
            post(5, status="draft"),
            post(6, status="future"),
            post(7, kind="attachment", status="inherit"),
        )
    )
    assert corpus.left_out == {
        "pages (post type page)": 1,
        "items of the post type “news_article” (--post-type reads them)": 1,
        "posts with the status “draft”": 2,
        "posts with the status “future”": 1,
        "attachments (post type attachment)": 1,
    }


PICTURES = [
    '<img src="x.jpg" alt="A pier">',
    '[gallery ids="1,2,3"]',
    '<!-- wp:gallery --><figure class="wp-block-gallery"><img src="a.jpg"/></figure><!-- /wp:gallery -->',
    "",
    "&nbsp;\n",
    "<style>" + "p { color: red; margin: 0 }\n" * 40 + "</style>",
]


@pytest.mark.parametrize("body", PICTURES)
def test_posts_without_text_are_left_out_and_counted(read, body):
    corpus = read(export(post(1), post(2, body=body, labels=["technology"])))
    assert set(labels(corpus)) == {"1"}
    assert corpus.left_out == {"posts without text, such as pictures and galleries": 1}
    assert not corpus.rejects


STORY = "<p>Soldiers of two armies held fire along the ridge for a second night.</p>"


def test_text_in_post_meta_is_pointed_out_and_read_if_asked(read):
    meta = [("article_body", STORY), ("_article_body", "field_61aa"), ("_yoast_wpseo_metadesc", "word " * 40)]
    source = export(post(1, body="", meta=meta), post(2))
    corpus = read(source)
    assert set(labels(corpus)) == {"2"}
    assert "post meta: “article_body” (--body-meta reads it)" in notes(corpus)
    (first, _) = read(source, body_meta=("article_body",)).articles
    assert first.prepared.text.endswith("for a second night.")


def test_a_pattern_of_keys_joins_their_texts_after_the_content(read):
    meta = [("content_0_text", "One dyke."), ("content_0_kind", "text"), ("content_1_text", "Two sluices.")]
    (item,) = read(export(post(body="<p>Lead.</p>", meta=meta)), body_meta=("content_*_text",)).articles
    assert item.prepared.text.split("\n\n")[-3:] == ["Lead.", "One dyke.", "Two sluices."]


def test_the_texts_of_a_page_builder_are_read_from_its_json(read):
    widgets = [
        {"id": "a1b2", "settings": {"align": "left"}, "elements": [{"settings": {"title": "The ridge at night"}}]},
        {"settings": {"editor": STORY, "color": "#fff", "size": 12}},
    ]
    source = export(post(body="", meta=[("_elementor_data", json.dumps(widgets))]))
    assert "_elementor_data" in notes(read(source))
    (item,) = read(source, body_meta=("_elementor_data",)).articles
    assert "The ridge at night\n\nSoldiers of two armies" in item.prepared.text
    assert "left" not in item.prepared.text


@pytest.mark.parametrize(
    ("more", "meta", "language"),
    [
        (term("language", "fr", "Français"), (), "fr"),
        (term("language", "pt-br", "Português"), (), "pt"),
        ("", [("_wpml_language", "de")], "de"),
        ("", [("_wpml_import_language_code", "es")], "es"),
        ("", [("_locale", "en_GB")], "en"),
        (term("language", "our own"), (), None),
    ],
)
def test_the_language_that_a_plugin_keeps_is_read(read, more, meta, language):
    (item,) = read(export(post(more=more, meta=meta))).articles
    assert language_code(item.article.language or "") == language


MARKED = [
    ("[:en]A ridge[:fr]Une crête[:]", "[:en]<p>They held fire.</p>[:fr]<p>Ils ont cessé.</p>[:]<p>AP</p>"),
    (
        "<!--:en-->A ridge<!--:--><!--:fr-->Une crête<!--:-->",
        "<!--:en--><p>They held fire.</p><!--:--><!--:fr--><p>Ils ont cessé.</p><!--:--><p>AP</p>",
    ),
    ("{:en}A ridge{:}{:fr}Une crête{:}", "{:en}<p>They held fire.</p>{:}{:fr}<p>Ils ont cessé.</p>{:}<p>AP</p>"),
]


@pytest.mark.parametrize(("title", "body"), MARKED)
@pytest.mark.parametrize(
    ("asked", "language", "text"),
    [
        (None, "en", "A ridge\n\nThey held fire.\n\nAP"),
        ("fr", "fr", "Une crête\n\nIls ont cessé.\n\nAP"),
        ("fr-CA", "fr", "Une crête\n\nIls ont cessé.\n\nAP"),
    ],
)
def test_of_a_post_in_several_languages_one_is_read_and_said(read, title, body, asked, language, text):
    corpus = read(export(post(title=title, body=body)), language=asked)
    (item,) = corpus.articles
    assert item.article.language == language
    assert item.prepared.text == text
    assert f"“{language}” was read" in notes(corpus)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ((), [("en", "A ridge\n\nThey held fire."), ("fr", "Une crête\n\nIls ont cessé.")]),
        (("fr", "th"), [("fr", "Une crête\n\nIls ont cessé.")]),
        (("fr", "en_US"), [("en", "A ridge\n\nThey held fire."), ("fr", "Une crête\n\nIls ont cessé.")]),
    ],
)
def test_each_language_of_a_post_is_an_article_of_one_story_if_that_is_asked_for(read, asked, found):
    body = "[:en]<p>They held fire.</p>[:fr]<p>Ils ont cessé.</p>[:]"
    source = export(post(1, title="[:en]A ridge[:fr]Une crête[:]", body=body, labels=["oceania"]), post(2))
    corpus = read(source, languages=asked, each_language=True)
    articles = [item.article for item in corpus.articles]
    assert [(item.article.language, item.prepared.text) for item in corpus.articles[:-1]] == found
    assert len({article.id for article in articles}) == len(articles)
    assert {article.story for article in articles[:-1]} == ({"news.example/1"} if len(found) > 1 else {None})
    assert all(article.sections == ("oceania",) for article in articles[:-1])


def test_a_language_of_a_post_without_text_is_left_out_of_each(read):
    source = export(post(1, title="[:en]A ridge[:fr]Une crête[:]", body="[:en]<p>They held fire.</p>[:fr][:]"))
    (item,) = read(source, each_language=True).articles
    assert (item.article.language, item.article.story) == ("en", None)


def test_posts_in_other_languages_than_the_one_asked_for_are_left_out_and_counted(read):
    source = export(post(1, more=term("language", "en")), post(2, more=term("language", "fr")), post(3))
    corpus = read(source, language="en")
    assert set(labels(corpus)) == {"1", "3"}
    assert corpus.left_out == {"articles in other languages than “en”: “fr”": 1}


REFERENCE = '<!-- wp:block {"ref":9} /-->'
OTHER = '<!-- wp:block {"className":"x","lock":{"move":true},"ref":9,"content":{"a":{"b":"c"}}} /-->'


def test_synced_patterns_are_put_in_their_place_even_if_they_come_later(read):
    source = export(
        post(1, body=f"<p>Before.</p>{REFERENCE}<p>After.</p>"),
        post(9, body='<p>The pattern.</p><!-- wp:block {"ref":10} /-->', kind="wp_block"),
        post(10, body="<p>Inner.</p>" + REFERENCE, kind="wp_block"),
        post(11, body='<p>Text.</p><!-- wp:block {"ref":404} /-->'),
    )
    corpus = read(source)
    assert corpus.articles[0].prepared.text.split("\n\n")[1:] == ["Before.", "The pattern.", "Inner.", "After."]
    assert "2 synced patterns in posts are not in the export" in notes(corpus)


@pytest.mark.parametrize("reference", [REFERENCE, OTHER])
def test_a_post_that_is_a_pattern_alone_has_its_text(read, reference):
    corpus = read(export(post(1, body=reference), post(9, body=STORY, kind="wp_block")))
    assert "second night" in corpus.articles[0].prepared.text


def test_patterns_that_multiply_do_not_fill_the_memory(read):
    patterns = [post(n, body=f'<!-- wp:block {{"ref":{n + 1}}} /-->' * 50, kind="wp_block") for n in range(10, 20)]
    corpus = read(export(*patterns, post(20, body=STORY * 20, kind="wp_block"), post(1, body=REFERENCE + STORY)))
    assert len(corpus.articles[0].article.body) < 1_100_000


DEFAULTS = [
    ("non-classe", "Non classé"),
    ("allgemein", "Allgemein"),
    ("sin-categoria", "Sin categoría"),
    ("uncategorised", "Uncategorised"),
    ("%e6%9c%aa%e5%88%86%e9%a1%9e", "未分類"),
    ("uncategorized-fr", "Uncategorized"),
    ("nao-se-aplica", "Fără categorie"),
    ("bez-kategorii", "Bez kategorii"),
]


@pytest.mark.parametrize(("slug", "name"), DEFAULTS)
def test_the_default_category_in_any_language_is_no_label(read, slug, name):
    corpus = read(export(post(1, labels=[(slug, name)]), post(2, labels=[(slug, name), "technology"])))
    assert labels(corpus) == {"1": set(), "2": {"technology"}}
    assert "is WordPress's default category, so it is not a label (2 posts have it)" in notes(corpus)


def test_the_first_category_is_the_default_one_whatever_its_name(read):
    head = HEAD + category("misc", number=1) + category("technology", number=2)
    corpus = read(export(post(1, labels=["misc"]), head=head))
    assert labels(corpus) == {"1": set()}


def test_a_word_for_general_is_a_section_where_another_category_is_the_default(read):
    vocabulary = Sections([Section(id="technology", name="Technology")])
    head = HEAD + category("uncategorized", number=1) + category("general", number=2)
    corpus = read(export(post(1, labels=["general"]), head=head), vocabulary)
    assert "unknown section" in str(corpus.rejects[0])


def test_the_default_category_is_a_label_if_it_is_in_the_vocabulary(read):
    vocabulary = Sections([Section(id="news", name="News"), Section(id="general", name="Allgemein")])
    corpus = read(export(post(1, labels=[("allgemein", "Allgemein")])), vocabulary)
    assert labels(corpus) == {"1": {"general"}}


@pytest.mark.parametrize(("slug", "name"), [("news", "News"), ("categoria", "Categoria"), ("non-classified", "Secret")])
def test_other_categories_are_not_taken_for_the_default_one(slug, name):
    assert not is_default(slug, name)
