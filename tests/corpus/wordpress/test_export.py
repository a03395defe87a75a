import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.wxr import measure
from classifier import Section, Sections
from classifier.corpus.readers import read_corpus
from classifier.errors import CorpusError
from tests.driver.exports import HEAD, export, post, write_export

PERSONAL = ("pia", "reader@mail.example", "A Reader", "192.0.2.7", "worse than this", "opensesame")


def reasons(corpus):
    return ["; ".join(reject.reasons) for reject in corpus.rejects]


def test_an_export_of_wordpress_itself_is_read(shared, sections):
    path = shared / "wordpress" / "sample.wxr.xml"
    if not path.exists():
        pytest.skip(f"{path} is not there")
    corpus = read_corpus([path], sections)
    assert not corpus.rejects
    found = {item.article.headline: item for item in corpus.articles}
    truce = found["Ceasefire holds along the Line of Control — day 3"]
    assert truce.sections == {"conflicts", "south-asia"}
    assert "A CDATA trap: ]]> ends here." in truce.prepared.text
    assert "gallery" not in truce.prepared.text
    assert found["Hello world!"].sections == frozenset()
    assert "example.org" not in found["Dhaka & Delhi sign energy memorandum"].prepared.text
    assert "\n\nA bare second paragraph" in found["Nordic defence partnership widened"].prepared.text
    assert corpus.left_out.total() == 2


def test_a_post_gives_id_url_day_headline_and_labels(read):
    (item,) = read(export(post(7, labels=["south-asia", "uncategorized"], title="Dhaka & Delhi"))).articles
    assert item.article.id == "news.example/7"
    assert item.article.url == "https://news.example/7/"
    assert str(item.article.published) == "2026-11-01"
    assert item.article.headline == "Dhaka & Delhi"
    assert item.sections == {"south-asia"}


def test_the_line_is_that_of_the_item(read):
    source = export(post(1), post(2, labels=["nowhere"]))
    line = source[: source.rindex("<item>")].count("\n") + 1
    assert [reject.place.line for reject in read(source).rejects] == [line]


def test_only_published_posts_are_read(read):
    corpus = read(export(post(1), post(2, kind="page"), post(3, status="draft"), post(4, status="private")))
    assert [item.article.id for item in corpus.articles] == ["news.example/1"]
    assert corpus.left_out.total() == 3


@pytest.mark.parametrize(
    ("date_gmt", "date", "day"),
    [
        ("2026-11-01 23:30:00", "2026-11-02 00:30:00", "2026-11-01"),
        ("0000-00-00 00:00:00", "2026-11-02 00:30:00", "2026-11-02"),
        ("0000-00-00 00:00:00", "0000-00-00 00:00:00", "None"),
    ],
)
def test_the_day_is_that_of_greenwich_if_there_is_one(read, date_gmt, date, day):
    (item,) = read(export(post(date_gmt=date_gmt, date=date))).articles
    assert str(item.article.published) == day


def test_slugs_beat_ids_names_and_the_names_of_categories(read):
    vocabulary = Sections(
        [
            Section(id="sea", name="The Sea", external={"wordpress": "navy"}),
            Section(id="navy", name="Navy"),
            Section(id="law", name="Law & Order", aliases=["courts"]),
            Section(id="bangla", name="বাংলা"),
        ]
    )
    labels = ["navy", "courts", ("x-1", "Law &amp; Order"), ("%e0%a6%ac%e0%a6%be%e0%a6%82%e0%a6%b2%e0%a6%be", "Bangla")]
    corpus = read(export(*(post(n, labels=[label]) for n, label in enumerate(labels))), vocabulary)
    assert [set(item.sections) for item in corpus.articles] == [{"sea"}, {"law"}, {"law"}, {"bangla"}]


def test_a_slug_that_two_sections_claim_rejects_the_post(read):
    vocabulary = Sections(Section(id=id_, name=id_, external={"wordpress": "x"}) for id_ in "ab")
    assert "is the wordpress id of a and b" in reasons(read(export(post(labels=["x"])), vocabulary))[0]


def test_an_unknown_category_rejects_its_post_and_names_the_nearest(read):
    assert "nearest is “Technology”" in reasons(read(export(post(labels=["tecnology"]))))[0]


def test_unknown_categories_are_dropped_and_counted_if_asked(read):
    corpus = read(export(post(1, labels=["sport", "technology"]), post(2, labels=["sport"])), ignore_unknown=True)
    assert [set(item.sections) for item in corpus.articles] == [{"technology"}, set()]
    assert corpus.unknown_labels == {"sport": 2}
    assert "“sport” (2)" in " ".join(corpus.notes())


MACHINE = [
    '["technology"]',
    "technology",
    "technology, oceania",
    "oceania|technology",
    'a:1:{i:0;s:10:"technology";}',
    '["Technology"]',
    '{"technology": "20261123T214500Z-3f9c2ab1"}',
]


@pytest.mark.parametrize("value", MACHINE)
def test_a_post_that_copydesk_alone_labelled_is_left_out_and_one_that_an_editor_saw_keeps_all(read, value):
    meta = [("_copydesk_applied", value)]
    source = export(
        post(1, labels=["technology", "south-asia"], meta=meta), post(2, labels=["technology"], meta=meta), post(3)
    )
    corpus = read(source)
    assert {item.article.id[-1]: set(item.sections) for item in corpus.articles} == {
        "1": {"south-asia", "technology"},
        "3": set(),
    }
    assert "left out (1): posts whose labels were all applied by Copydesk" in " ".join(corpus.notes())
    assert [len(item.sections) for item in read(source, machine_labels=True).articles] == [2, 1, 0]


def test_a_post_with_machine_labels_and_unknown_ones_is_left_out_if_those_are_dropped(read):
    source = export(post(labels=["technology", "sport"], meta=[("_copydesk_applied", "technology")]))
    assert len(read(source).rejects) == 1
    assert not read(source, ignore_unknown=True).articles


def test_what_copydesk_applied_must_be_sections(read):
    found = reasons(read(export(post(labels=["technology"], meta=[("_copydesk_applied", "[technology")]))))
    assert "must be section ids, as a JSON object or list" in found[0]


def test_rejects_hold_the_item_whole_but_for_what_is_personal(read):
    item = post(labels=["nowhere"], body="A story with ]]> in it.")
    (reject,) = read(export(item)).rejects
    assert reject.raw.startswith("<item>")
    assert reject.raw.endswith("</item>")
    for piece in ("A story with ]]]]><![CDATA[> in it.", 'nicename="nowhere"', "<guid", "_pingme", "2026-11-01"):
        assert piece in reject.raw
    for secret in PERSONAL:
        assert secret not in reject.raw
        assert secret not in str(reject)


@pytest.mark.parametrize("cut", range(1, 26))
def test_wherever_an_export_ends_what_was_read_stays_and_nothing_personal_shows(read, cut):
    item = post(2)
    source = HEAD + post(1) + item[: len(item) * cut // 27]
    corpus = read(source)
    assert [a.article.id for a in corpus.articles] == ["news.example/1"]
    (reject,) = corpus.rejects
    assert "broken XML" in str(reject)
    assert "nothing after it was" in str(reject)
    assert not [secret for secret in PERSONAL if secret in reject.raw]
    assert "held fire" not in str(reject)


def test_broken_xml_names_its_line_and_its_post_and_costs_no_other(read):
    source = export(post(1), post(2).replace("<guid", "<guid & "), post(3))
    corpus = read(source)
    assert [a.article.id for a in corpus.articles] == ["news.example/1", "news.example/3"]
    assert [r.place.line for r in corpus.rejects] == [source[: source.index("<guid & ")].count("\n") + 1]
    assert [r.place.item for r in corpus.rejects] == ["post 2"]
    assert "Only this item is lost" in str(corpus.rejects[0])


def test_control_characters_cost_nothing_but_themselves(read):
    corpus = read(export(post(1, body="one\x0btwo\x00three"), post(2)))
    assert [a.prepared.text.split("\n")[-1] for a in corpus.articles] == ["one two three", "Troops held fire."]


LAUGHS = '<!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
PLAIN = '<!DOCTYPE rss SYSTEM "https://news.example/rss.dtd">'


@pytest.mark.parametrize("doctype", [LAUGHS, OUTSIDE, PLAIN])
def test_document_types_are_refused(read, doctype):
    with pytest.raises(CorpusError, match=r"export\.xml:3: the file declares a document type"):
        read(export(post(body="&b;&x;")).replace("<rss", f"{doctype}<rss", 1))


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("", "not a WordPress export"),
        ("Dear reader", "not a WordPress export"),
        ("<project/>", "not a WordPress export"),
        (export(post()).encode("utf-16"), "UTF-16"),
        (export(post()).replace("UTF-8", "klingon"), "encoding"),
    ],
)
def test_what_is_no_export_is_refused(read, source, words):
    with pytest.raises(CorpusError, match=words):
        read(source)


def test_a_feed_that_is_called_an_export_is_refused(tmp_path, sections):
    path = tmp_path / "x.wxr"
    path.write_text("<rss><channel><item><title>x</title></item></channel></rss>")
    with pytest.raises(CorpusError, match="not a WordPress export"):
        read_corpus([path], sections)


def test_other_eight_bit_encodings_are_read(read):
    source = export(post(body="Café"), post(2, labels=["é"])).replace("UTF-8", "ISO-8859-1")
    corpus = read(source.encode("latin-1"))
    assert corpus.articles[0].article.body == "Café"
    assert 'nicename="é"' in corpus.rejects[0].raw


def test_markup_in_a_title_that_nobody_escaped_is_no_harm(read):
    source = export(post().replace("<![CDATA[A headline]]>", "A <b>bold</b> headline<dc:creator>pia</dc:creator>"))
    assert read(source).articles[0].article.headline == "A bold headline"


def test_an_export_may_span_many_chunks(tmp_path, sections):
    path = write_export(tmp_path / "export.wxr", 300)
    corpus = read_corpus([path], sections)
    assert len(corpus.articles) == 300
    lines = path.read_text().splitlines()
    assert all(lines[item.place.line - 1] == "<item>" for item in corpus.articles)


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"], exclude_characters="\ufffe\uffff"), min_size=1)


@settings(max_examples=50)
@given(bodies=st.lists(TEXT, min_size=1, max_size=5))
def test_whatever_an_editor_writes_is_read_back(tmp_path_factory, sections, bodies):
    path = tmp_path_factory.mktemp("wxr") / "x.xml"
    path.write_text(export(*(post(n, body) for n, body in enumerate(bodies, 1))), encoding="utf-8")
    corpus = read_corpus([path], sections)
    assert {item.article.body for item in corpus.articles} <= set(bodies)
    assert len(corpus.articles) + len(corpus.rejects) + corpus.left_out.total() == len(bodies)
    assert all(reason.startswith("body: nothing is left of it") for reason in reasons(corpus))
    assert all("without text" in what for what in corpus.left_out)


@pytest.mark.slow
def test_memory_does_not_grow_with_the_export(tmp_path):
    few, many = (write_export(tmp_path / f"{n}.xml", n) for n in (2_000, 20_000))
    small, large = measure("reader", few), measure("reader", many)
    assert (small["posts"], large["posts"]) == (2_000, 20_000)
    assert many.stat().st_size - few.stat().st_size > 60e6
    assert large["peak_bytes"] - small["peak_bytes"] < 15e6


@pytest.mark.slow
def test_the_benchmark_reports_as_json():
    import json

    from tests.helpers import run_python

    done = run_python("-m", "benchmarks", "wxr", "--posts", 50, "--json")
    assert json.loads(done.stdout)["reader"]["posts"] == 50
