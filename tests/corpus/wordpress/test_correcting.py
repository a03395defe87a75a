import itertools
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from classifier.corpus.readers import Reading, read_corpus
from classifier.corpus.readers.limits import Limits
from classifier.corpus.readers.wordpress.correcting import Corrector
from classifier.corpus.readers.wordpress.elements import Item
from classifier.corpus.readers.wordpress.parsing import read_wxr
from classifier.errors import CorpusError
from tests.driver.exports import COMMENT, category, export, post

PERSONAL = ("reader@mail.example", "A Reader", "192.0.2.7", "worse than this", "opensesame")


def file_notes(corpus):
    return [note for account in corpus.accounts for note in account.notes]


def ids(corpus):
    return [(item.article.id or "").rpartition("/")[2] for item in corpus.articles]


ODD = [
    (b"Caf\xe9 on the pier", "Caf\ufffd on the pier"),
    (b"a pier \xef\xbf\xbe and a quay", "a pier \ufffd and a quay"),
    (b"a pier \xef\xbf\xbf and a quay", "a pier \ufffd and a quay"),
    (b"a pier \xed\xa0\xbd and a quay", "a pier \ufffd and a quay"),
    (b"a pier\x11and\x00a quay", "a pier and a quay"),
]


@pytest.mark.parametrize(("written", "text"), ODD)
@pytest.mark.parametrize("place", ["body", "headline"])
def test_a_byte_that_xml_forbids_is_replaced_and_said_and_costs_nothing_else(read, written, text, place):
    middle = post(2, body="HERE") if place == "body" else post(2, title="HERE")
    source = export(post(1), middle, post(3)).encode().replace(b"HERE", written)
    corpus = read(source)
    assert ids(corpus) == ["1", "2", "3"]
    assert getattr(corpus.articles[1].article, place) == text
    (note,) = file_notes(corpus)
    assert note.place.line == source[: source.index(written)].count(b"\n") + 1
    assert "replaced" in note.message


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("Piers &mdash; and quays", "Piers — and quays"),
        ("Piers &nbsp; quays", "Piers quays"),
        ("Piers & quays", "Piers & quays"),
        ("Piers &c. and &; quays &amp; more", "Piers &c. and &; quays & more"),
        ("Profit &lt; loss < cost", "Profit < loss < cost"),
        ("Bell &#7; and &#x1F; and &#xFFFE; rung &#233;", "Bell and and \ufffd rung é"),
    ],
)
def test_entities_and_bare_ampersands_outside_cdata_are_mended(read, written, text):
    corpus = read(export(post(1), post(2).replace("<![CDATA[A headline]]>", written), post(3)))
    assert ids(corpus) == ["1", "2", "3"]
    assert " ".join(corpus.articles[1].prepared.text.splitlines()[0].split()) == text
    assert file_notes(corpus)
    assert not corpus.rejects


def test_nothing_inside_cdata_is_touched(read):
    body = "A &mdash; b & c &amp; <!-- d & e --> &#7; f"
    corpus = read(export(post(body=body)))
    assert corpus.articles[0].article.body == body
    assert not file_notes(corpus)


@pytest.mark.parametrize(
    ("before", "words"),
    [
        ("\n\n", "2 blank lines"),
        ("   ", "white space"),
        ("\ufeff\ufeff", "2 byte order marks"),
        ("\n\ufeff", "1 byte order mark"),
        (
            "<br />\n<b>Notice</b>:  Undefined index: x in <b>/srv/www/secret.php</b> on line <b>3</b>\n",
            "a PHP message",
        ),
        ("PHP Warning:  x & y < z in Unknown on line 0\n", "a PHP message"),
        ("\n\n<!-- cache -->", "text of 14 characters"),
    ],
)
def test_what_stands_before_the_declaration_is_passed_over_and_named(read, before, words):
    source = before + export(post(1), post(2, labels=["nowhere"]))
    corpus = read(source)
    assert ids(corpus) == ["1"]
    assert any(words in note for note in corpus.notes())
    assert "secret" not in " ".join(corpus.notes())
    line = source[: source.rindex("<item>")].count("\n") + 1
    assert [reject.place.line for reject in corpus.rejects] == [line]


def test_one_byte_order_mark_is_nothing_to_tell(read):
    corpus = read("\ufeff" + export(post(1)))
    assert ids(corpus) == ["1"]
    assert not file_notes(corpus)


def test_a_php_message_after_the_end_is_skipped_and_a_second_export_is_read(read):
    second = export(post(2)).replace("news.example", "other.example")
    corpus = read(export(post(1)) + "\n<br />\n<b>Warning</b>: x in y\n" + second)
    assert [item.article.id for item in corpus.articles] == ["news.example/1", "other.example/2"]
    assert "after the end of the export" in " ".join(corpus.notes())
    assert not corpus.rejects


def test_a_broken_item_shows_nothing_personal_and_is_named_by_its_post(read):
    broken = post(2, labels=["technology"]).replace("</wp:post_parent>", "</wp:post_paren>")
    (reject,) = read(export(post(1), broken, post(3))).rejects
    assert reject.place.item == "post 2"
    assert reject.raw.startswith("<item>")
    assert not [secret for secret in PERSONAL if secret in reject.raw]


def test_cdata_that_is_not_closed_costs_its_own_item_only(read):
    corpus = read(export(post(1), post(2, more="").replace("v]]></wp:meta_value>", ""), post(3), post(4)))
    assert ids(corpus) == ["1", "2", "3", "4"]
    broken = post(2, meta=[("k", "v")], more="").replace("v]]></wp:meta_value>", "v</wp:meta_value>")
    corpus = read(export(post(1), broken, post(3), post(4)))
    assert ids(corpus) == ["1", "3", "4"]
    assert [reject.place.item for reject in corpus.rejects] == ["post 2"]


def test_a_password_without_an_end_does_not_swallow_the_next_item(read):
    corpus = read(export(post(1), post(2).replace("</wp:post_password>", "<<item>wp:post_password>"), post(3)))
    assert "3" in ids(corpus)
    assert "2" not in ids(corpus)
    assert [reject.place.item for reject in corpus.rejects] == ["post 2"]


def test_an_item_without_an_end_does_not_swallow_the_next_one(read):
    source = export(post(1), post(2, labels=["technology"]).replace("</item>", ""), post(3))
    corpus = read(source)
    assert ids(corpus) == ["1", "3"]
    assert not corpus.articles[1].sections
    assert [reject.place.item for reject in corpus.rejects] == ["post 2"]
    assert "has no end" in str(corpus.rejects[0])


def test_an_export_of_nothing_but_broken_items_is_refused(read):
    with pytest.raises(CorpusError, match=r"more than 10,000 items are broken\. Fix: export again"):
        read(export(*["<item></x>\n"] * 10_001))


def test_a_category_that_is_broken_costs_no_post(read):
    head = category("technology").replace("</wp:category_parent>", "</wp:category_paren>")
    corpus = read(export(head, post(1), post(2)))
    assert ids(corpus) == ["1", "2"]
    assert "Reading went on at the next item" in str(corpus.rejects[0])


ITEM = post(200, labels=["technology"], more=COMMENT).encode()


@settings(max_examples=300, deadline=None)
@given(
    at=st.integers(0, len(ITEM) - 1),
    byte=st.binary(min_size=1, max_size=1),
    size=st.sampled_from([64, 700, 1 << 18]),
)
@example(at=1, byte=b"x", size=700)
@example(at=ITEM.index(b"]]>") + 2, byte=b"x", size=64)
@example(at=ITEM.rindex(b"]]>"), byte=b"x", size=700)
def test_one_wrong_byte_in_an_item_costs_that_item_at_most(tmp_path_factory, sections, at, byte, size):
    item = ITEM[:at] + byte + ITEM[at + 1 :]
    source = export(post(1), "HERE", post(3), post(4)).encode().replace(b"HERE", item)
    path = tmp_path_factory.mktemp("wxr") / "x.xml"
    path.write_bytes(source)
    corpus = read_corpus([path], sections, Reading())
    found = ids(corpus)
    assert [id_ for id_ in found if id_ in ("1", "3", "4")] == ["1", "3", "4"]
    assert len(found) + len(corpus.rejects) + corpus.left_out.total() == 4
    numbers = [e.number for e in read_wxr(path, Limits(item=size * 100)) if isinstance(e, Item)]
    assert [n for n in numbers if n in ("1", "3", "4")] == ["1", "3", "4"]


@settings(max_examples=200)
@given(
    st.lists(
        st.sampled_from(["<![CDATA[", "]]>", "<!--", "-->", "a&b", "&mdash;", "& ", "\x07", "x < y", "\n", "<b>"])
    ),
    st.lists(st.integers(0, 60), max_size=5),
)
def test_a_document_is_mended_the_same_however_it_is_cut(parts, cuts):
    from collections import Counter

    text = "".join(parts)
    whole = Corrector(1, Counter(), {})
    expected = whole.correct(text, final=True)
    edges = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    piecewise = Corrector(1, Counter(), {})
    pieces = [text[a:b] for a, b in itertools.pairwise(edges)]
    found = "".join(piecewise.correct(piece, final=False) for piece in pieces) + piecewise.correct("", final=True)
    assert found == expected
    assert piecewise.faults == whole.faults
    assert piecewise.lines == whole.lines
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", found)
