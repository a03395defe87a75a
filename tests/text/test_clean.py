import unicodedata
from time import process_time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from classifier.article import Article
from classifier.terms.encoding import utf8
from classifier.text.clean import clean
from classifier.text.page import HeaderNames
from classifier.text.plain import is_plain
from classifier.text.prepare import prepare

CASES = [
    ("Plain text stays.", "Plain text stays."),
    ("two\n\nparagraphs", "two\n\nparagraphs"),
    ("<p>One</p><p>Two</p>", "One\n\nTwo"),
    ("a<br>b<br/>c", "a\nb\nc"),
    ("<ul><li>a</li><li>b</li></ul>", "a\n\nb"),
    ("in<b>line</b> and <a href='x'>link</a>", "inline and link"),
    ("<P CLASS='x'>upper</P>", "upper"),
    ("Fish &amp; chips", "Fish & chips"),
    ("<p>Fish &amp; chips &#8217; &nbsp;x</p>", "Fish & chips ’ x"),
    ("AT&T and R&D", "AT&T and R&D"),
    ("if a < b and c > d", "if a < b and c > d"),
    ("<script>var a = 'x';</script>after", "after"),
    ("<style>p {color: red}</style><p>after</p>", "after"),
    ("before<!-- a comment -->after", "beforeafter"),
    ('<!-- wp:paragraph {"a":1} --><p>Block</p><!-- /wp:paragraph -->', "Block"),
    ('[gallery ids="1,2"]text', "text"),
    ("[gallery]text", "text"),
    ('[caption id="a" width="3"]<img src="x"> Words of it[/caption]', "Words of it"),
    ("[quote]Said so[/quote] he", "Said so he"),
    ('[vc_row full_width="stretch"][vc_column width="1/2"]In a builder[/vc_column][/vc_row]', "In a builder"),
    ("“[The] attack of [2023]” [sic]", "“[The] attack of [2023]” [sic]"),
    ("see\nhttps://example.org/watch?v=1\nbelow", "see\n\nbelow"),
    ("see https://example.org/x there", "see https://example.org/x there"),
    ("see\r\nhttps://example.org/watch?v=1\r\nbelow", "see\n\nbelow"),
    ('<div data-note="a > b" class="x">Text</div><figure data-caption="Ships > boats">It</figure>', "Text\n\nIt"),
    ("<iframe src='x'>no frames</iframe>text", "text"),
    ("<figure><img><figcaption>A caption</figcaption></figure>Text", "A caption\n\nText"),
    ("co\u00adop\u2060eration", "cooperation"),
    ("ប្រទេស\u200bកម្ពុជា", "ប្រទេស កម្ពុជា"),
    ("ไทย\u200barmy \u200barmy\u200b\u200b1, 中\u200b国", "ไทย army army1, 中 国"),
    ("സമ്\u200bമേളനം", "സമ്മേളനം"),
    ("<p>ទាហាន\u200bថៃ</p>&#8203;end\u200b.", "ទាហាន ថៃ\nend ."),
    ("a\u00a0b\u2003c", "a b c"),
    ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
    ("a   b\t\tc", "a b c"),
    ("a \n\n\n\n b", "a\n\nb"),
    ("cafe\u0301", "café"),
    ("", ""),
    (" \n\t ", ""),
    ("<p></p>", ""),
    ("<p>never closed", "never closed"),
    ("<td>cell</td><td>cell</td>", "cell\n\ncell"),
    ("a<wbr>b", "ab"),
    ("5 <6 and <3", "5 <6 and <3"),
]


@pytest.mark.parametrize(("source", "text"), CASES)
def test_clean(source, text):
    assert clean(source) == text


def clean_as_part_of_a_long_page(source):
    cleaned = clean(f"{source}\n\n<i>{LONG}</i>")
    assert cleaned.endswith(LONG)
    return cleaned.removesuffix(LONG).rstrip()


#: Pages of this length were read in another way once.
LONG = "x" * 20_001


@pytest.mark.parametrize(("source", "text"), CASES)
def test_long_pages_are_cleaned_alike(source, text):
    assert clean_as_part_of_a_long_page(source) == text


def _element(name, attribute, inner):
    return f"<{name}{attribute}>{inner}</{name}>"


ATTRIBUTES = st.sampled_from(["", " hidden", " class=a", ' title="a > b"', " title='<i>'", ' title=""'])
LEAVES = st.sampled_from(
    ["words", " a &amp; b", "AT&T", "&copy", "1 < 2 > 0", "<br>", "<img src=x/>", "<!-- <i> -- > a -->", "<!>", "</>"]
) | st.builds(
    _element, st.sampled_from(["script", "style", "textarea", "iframe"]), ATTRIBUTES, st.just("if (a<b) '<i>' </i>")
)
INLINE = st.sampled_from(["b", "i", "EM", "span", "x-y", "OBJECT", "noscript", "template", "video"])
PHRASES = st.recursive(
    LEAVES,
    lambda inner: st.builds(_element, INLINE, ATTRIBUTES, st.lists(inner, max_size=4).map("".join)),
    max_leaves=20,
)
PARAGRAPHS = st.builds(_element, st.just("p"), ATTRIBUTES, st.lists(PHRASES, max_size=4).map("".join))
PAGES = PHRASES | st.builds(
    _element, st.just("div"), ATTRIBUTES, st.lists(PHRASES | PARAGRAPHS, max_size=4).map("".join)
)
NOT_READ = {"script", "style", "noscript", "template", "title"}
BOXES = {"form", "iframe", "textarea", "object", "svg", "button", "select"}


def parsed(node):
    """Return the text in a parser's tree: elements that are no part of a word become a space."""
    text = ""
    for child in node.iter(include_text=True):
        if child.tag == "-text":
            text += child.text_content
        elif child.tag in BOXES or child.tag in {"img", "p", "div", "br", "video"}:
            text += f" {'' if child.tag in BOXES else parsed(child)} "
        elif child.tag not in NOT_READ and not child.tag.startswith(("-", "!")):
            text += parsed(child)
    return text


@given(st.lists(PAGES, max_size=5).map("".join))
@example("a<svg><path/><text>b</text><svg></svg></svg>c<svg/>d")
@example("a<form><button>b</button>c<select><option>d</select></form>e")
@example("<html><head><title>a</title><meta charset=utf-8></head><body>b</body></html>")
def test_the_text_is_that_of_a_parser(source):
    """After the end of the head: inside the head, a parser treats a few elements differently."""
    source = source if "<head>" in source else f"A. {source}"
    assert clean(source).split() == parsed(LexborHTMLParser(source).body).split()
    assert clean_as_part_of_a_long_page(source) == clean(source)


@pytest.mark.parametrize(
    "source",
    [
        "<i>" * 142_000 + "</b>" * 142_000,
        "<x></y>" * 142_000,
        "".join(f"<i a{n}>" for n in range(100_000)),
        f"<i {' '.join(f'a{n}' for n in range(140_000))}>",
        "<svg>" * 90_000 + "</math>" * 90_000,
        "[a b=" * 200_000,
        "e" + "\u0301" * 500_000 + "\u0327" * 499_000,
        "e" + "\u0f73" * 999_000,
        "<!-- a" * 160_000,
        '<a b=">"' * 120_000,
        "<script>" * 120_000,
        "<script>{" * 110_000,
        "<script><!--<script>" * 50_000 + "</script>" * 100,
        "<style>{<p>" * 80_000,
        "<iframe/>" * 60_000 + "</iframe>" * 40_000,
        "<script/>" * 60_000 + "</script><script>",
        "<button role=tab><i aria-hidden=true>" * 27_000,
        "<h2><button>" * 80_000,
        "<form>" * 80_000 + "a" + "</form>" * 70_000,
        "<form><label>" * 77_000,
        "<template>" * 45_000 + "a" + "</template>" * 45_000,
        '<!-- wp:a {"metadata":{"blockVisibility":false}} -->' * 19_000,
        "a<sup>1" * 140_000,
        "<a href=#x>1" * 80_000,
        '[a b="' * 160_000,
        "[a b='\" c=\"'" * 80_000,
        "[a_b 'x " * 120_000,
        "[vc_raw_html]" * 76_000 + "[/vc_raw_html",
        "[youtube]a " * 90_000 + "[/youtube]",
        "[a “b " * 160_000 + "[/a]",
        "[a &quot;b" * 100_000 + "[/a]",
        "&amp;" * 200_000,
        "share this\n" * 90_000,
        "Read more\nA title\n" * 55_000,
        " " * 999_000 + "x",
        "\n" * 999_000 + "x",
        "<b" * 500_000,
        "<" * 999_000,
        "[" * 999_000,
    ],
    ids=lambda source: source[:16],
)
def test_no_body_takes_time_that_grows_with_its_square(source):
    start = process_time()
    prepare(Article(headline="Ships", body=source[:1_000_000]), HeaderNames(("South Asia",)))
    assert process_time() - start < 20  # a second or two, but minutes if it were quadratic


def test_marks_are_put_in_the_order_that_unicode_says():
    source = "e" + "\u0301\u0327\u0f73\u0338" * 100 + "\u2014" * 60 + "é" + "\u0327" * 60
    assert clean(source) == unicodedata.normalize("NFC", source)


@given(st.text())
def test_any_string_can_be_cleaned(source):
    assert isinstance(clean(source), str)


@given(
    st.text(st.sampled_from("aé’ …–€\u0301\u00a0\u00ad\u2009\u200b\u2028\u2126\u0130Ωж漢 :/\n \t\r<&[];p")) | st.text(),
)
@example("two  spaces")
@example("a\n b")
@example("see\nhttps://example.org\nthere")
def test_what_is_taken_for_plain_text_needs_no_cleaning(source):
    """A byte order mark in front of a text is removed, but it forces the text through every step of cleaning."""
    assert clean("\ufeff" + source) == clean(source)


def test_every_character_that_is_taken_for_plain_stays_as_it_is():
    for point in range(0x110000):
        if is_plain(utf8(f"e{chr(point)}e")):
            assert clean(f"\ufeffe{chr(point)}e") == f"e{chr(point)}e"
            assert not unicodedata.combining(chr(point))


@given(st.text(alphabet="abc <>/&;[]=\"'pdiv!-\n"))
def test_any_near_markup_can_be_cleaned(source):
    cleaned = clean(source)
    assert cleaned == cleaned.strip()
    assert "\n\n\n" not in cleaned


@given(st.lists(st.from_regex(r"[A-Za-z]{1,8}", fullmatch=True), min_size=1))
def test_words_of_plain_text_are_kept(words):
    assert clean(" ".join(words)) == " ".join(words)


NINES = "9" * 5_000


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (f"a &#{NINES}; b", "a \ufffd b"),
        (f"<b>a</b> &#{'0' * 5_000}65; b", "a A b"),
        (f"a &#{'0' * 5_000}65; b &amp; c", "a A b & c"),
        (f"<i>{LONG}</i>&#{NINES}; &#65;", f"{LONG}\ufffd A"),
    ],
)
def test_numbers_of_thousands_of_digits_are_read_as_browsers_do(source, text):
    """Python refuses to convert more than 4,300 digits to an integer."""
    assert clean(source) == text
