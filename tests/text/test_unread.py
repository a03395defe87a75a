"""Forms, buttons, hidden blocks, footnotes and raw elements of pages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.text.clean import clean, clean_and_count

STORY = "<p>The ferry left the northern harbour at dawn.</p><p>It carried forty people and their goats.</p>"
TEXT = "The ferry left the northern harbour at dawn.\n\nIt carried forty people and their goats."


@pytest.mark.parametrize(
    "source",
    [
        f"<form id=page>{STORY}</form>",
        f"<div>Menu</div><FORM action='x'>{STORY}<input type=hidden value='secret words'></FORM>".replace("Menu", ""),
        f"<form>{STORY}<select><option>Asia<option>World</select></form>",
        f"<form>{STORY}<label for=a>Your name</label><textarea>Your comment</textarea><button>Send it</button></form>",
        f"<form>{STORY}<form><label>Search</label><button>Go</button></form></form>",
        f"{STORY}<form><p>Get our letter</p><button>Sign up</button></form>",
        f"<form>Search</form>{STORY}<form>Sign up</form>",
        f"<form><div>{STORY}</div>",
        f"{STORY}</form>",
        f"<form/>{STORY}",
        f"{STORY}<datalist><option>Oslo</option><option>Bergen</option></datalist>",
        f"<select><option>Asia</option>{STORY}",
    ],
    ids=lambda source: source[:30],
)
def test_a_form_around_the_story_is_read_and_a_small_one_is_not(source):
    assert clean(source) == TEXT


RAW = ["iframe", "script", "style", "textarea", "noscript", "title", "object", "svg", "template", "select", "button"]


@pytest.mark.parametrize("name", RAW)
@pytest.mark.parametrize(
    "raw",
    [
        "<{} src='a'/>",
        "<{} src=a />",
        "<{}>",
        "<{} class='b'>",
        "<{0}/></{0}>",
        "</{}>",
        "<{0} a='>'></{0}>",
        "<{0}/><{0}/>",
    ],
)
def test_an_element_that_is_closed_in_its_tag_or_never_costs_itself_alone(name, raw):
    tag = raw.format(name)
    assert clean(f"<p>Before.</p>{tag}<p>Behind.</p>") == "Before.\n\nBehind."
    assert clean(f"{tag}<p>Behind.</p>") == "Behind."
    assert clean(f"<p>Before.</p>{tag.upper()}<p>Behind.</p>") == "Before.\n\nBehind."
    assert clean(f"<p>Before.</p>{tag}") == "Before."


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<p>A.</p><iframe src=1><p>B.</p><iframe src=2></iframe><p>C.</p>", "A.\n\nB.\n\nC."),
        ("<script>if (a<b) '</p>'; x = \"<script>\"</script>text", "text"),
        ("<script src='a'/>\nvar x = 1;</script>text", "text"),
        ("<script src='a'/>one<script>var x</script>two", "onetwo"),
        ("<svg><svg><path/></svg>text", "text"),
        ("<script><!--\n<script src=a></script>\nvar x\n--></script>text", "text"),
        ("<script><!-- var x; </script>text<script>y</script>", "text"),
        (
            "<p>A.</p><script>var a = '<p>x</p>'; if (a) {<p>The ferry left the harbour.</p>",
            "A.\n\nThe ferry left the harbour.",
        ),
        ("<p>A.</p><style>p {color: red}", "A."),
        ("<script>He left; she stayed.", "He left; she stayed."),
        ("<script><!-- <script>x</script>text", "text"),
        ("<p>A.</p><script>\nwindow.a = 1;\nb(", "A."),
        ("<textarea>a</textarea >b", "b"),
        ("one<iframe></iframe>two<img>three<object>x</object>four<svg/>five", "one two three four five"),
        ("<p title='<script>'>A.</p><script>x</script><p>B.</p>", "A.\n\nB."),
        ("<!-- <script> --><p>A.</p><script>x</script>", "A."),
        ("<style>p::before {content: '<p>'}</style>A", "A"),
        ("A <b never closed, he said", "A never closed, he said"),
        ('A <a href="https://example.org/x', "A"),
        ("A<!-- never closed\n<p>B</p>", "A\n\nB"),
        ("<p>A</p><!-- never closed<p>B</p><p>C</p>", "A\n\nB\n\nC"),
        ('<p>A</p><a title="x>B</a><p>C</p><script>y</script>', "A\nB\nC"),
    ],
)
def test_what_an_element_hides_ends_where_a_reader_expects(source, text):
    assert clean(source) == text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<![CDATA[<p>One.</p><p>Two.</p>]]>", "One.\n\nTwo."),
        ("<p>One.</p><![CDATA[ <b>Two</b> & three ]]><p>Four.</p>", "One.\nTwo & three\nFour."),
        ("<![CDATA[One <p>two", "One\ntwo"),
        ("One]]> two <b>x</b>", "One]]> two x"),
        ("<script>//<![CDATA[\nvar a;//]]></script>One", "One"),
        ("<![CDATA[One]]>", "One"),
    ],
)
def test_cdata_marks_keep_their_content(source, text):
    assert clean(source) == text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ('<div data-note="a > b" class="x">Ships.</div>', "Ships."),
        ("<figure data-caption='Ships > boats'>Ships.</figure>", "Ships."),
        ('<p data-x="<p>">Ships.</p>', "Ships."),
        ("<P\nCLASS=x\n>Ships.</P\n>", "Ships."),
    ],
)
def test_a_bracket_within_an_attribute_does_not_end_the_tag(source, text):
    assert clean(source) == text


HIDDEN = '{"metadata":{"blockVisibility":false}}'


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (f"<!-- wp:paragraph {HIDDEN} -->\n<p>Secret</p>\n<!-- /wp:paragraph -->\n<p>Seen</p>", "Seen"),
        (
            f"<p>A</p><!-- wp:group {HIDDEN} --><div><!-- wp:group --><p>Secret</p><!-- /wp:group --><p>Too</p></div>"
            "<!-- /wp:group --><p>B</p>",
            "A\n\nB",
        ),
        (
            f"A<!-- wp:x/y {HIDDEN} --><!-- wp:image /-->no<!-- wp:z {HIDDEN} -->no<!-- /wp:z -->no<!-- /wp:x/y -->B",
            "A\nB",
        ),
        (f"A<!-- wp:latest-posts {HIDDEN} /-->B", "AB"),
        (f"<p>A</p><!-- wp:paragraph {HIDDEN} --><p>never closed", "A"),
        ('<!-- wp:p {"metadata": {"name": "x", "blockVisibility" : false}, "a": 1} -->no<!-- /wp:p -->B', "B"),
        # seen by some readers at least, or not hidden at all
        ('<!-- wp:p {"metadata":{"blockVisibility":{"viewport":{"mobile":false}}}} --><p>A</p><!-- /wp:p -->', "A"),
        ('<!-- wp:p {"metadata":{"blockVisibility":true}} --><p>A</p><!-- /wp:p -->', "A"),
        ('<!-- wp:p {"blockVisibility":false} --><p>A</p><!-- /wp:p -->', "A"),
        ('<!-- wp:p {"metadata":{"blockVisibility":false} --><p>A</p><!-- /wp:p -->', "A"),
        ('<!-- wp:p {"metadata":[],"x":"blockVisibility"} --><p>A</p><!-- /wp:p -->', "A"),
        ("<!-- wp:paragraph --><p>The word blockVisibility</p><!-- /wp:paragraph -->", "The word blockVisibility"),
    ],
)
def test_blocks_that_wordpress_hides_from_readers_are_not_read(source, text):
    assert clean(source) == text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (
            '<h3 class="wp-block-accordion-heading"><button type="button" class="wp-block-accordion-heading__toggle">'
            '<span class="wp-block-accordion-heading__toggle-title">Who are they?</span>'
            '<span class="wp-block-accordion-heading__toggle-icon" aria-hidden="true">+</span></button></h3><p>Us.</p>',
            "Who are they?\n\nUs.",
        ),
        ("<h2><button>Who?</button></h2><p>Us.</p>", "Who?\n\nUs."),
        ("<h4>\n<span><button><i aria-hidden=true>v<b>v</b></i> Who?</button></span>\n</h4><p>Us.</p>", "Who?\n\nUs."),
        (
            '<div role="tablist"><button role="tab">One</button><button type=button role=tab>Two</button></div>',
            "One\n\nTwo",
        ),
        ('<button class="accordion-button collapsed">Who?</button><div>Us.</div>', "Who?\n\nUs."),
        ('<button class="tablinks">One</button><button class="js-tabs__tab">Two</button>', "One\n\nTwo"),
        # no titles
        ("<button>Share</button><p>Us.</p>", "Us."),
        ("<h1>Ships sail <button>Share</button></h1><p>Us.</p>", "Ships sail\n\nUs."),
        ("<h1><button>Save</button> Ships sail</h1><p>Us.</p>", "Ships sail\n\nUs."),
        ('<button class="navbar-toggler" aria-expanded="false">Menu</button><p>Us.</p>', "Us."),
        ('<button class="table-sort">Sort</button><button role="tablist">x</button><p>Us.</p>', "Us."),
        ("one<button>x</button>two", "one two"),
        ('<h2><button class="menu-toggle">More pages</button></h2><p>Us.</p>', "Us."),
        ("<h2><button class='btn btn-share'>Tell others</button></h2><p>Us.</p>", "Us."),
        ("<h2>A</h2><button>x</button><h2>B</h2>", "A\n\nB"),
    ],
)
def test_titles_of_accordions_and_tabs_are_read_and_other_buttons_are_not(source, text):
    assert clean(source) == text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ('The reef<sup data-fn="a-b" class="fn"><a href="#a-b" id="a-b-link">1</a></sup> is', "The reef 1 is"),
        ("The reef<sup><a href='#fn2'>[2]</a></sup> is", "The reef [2] is"),
        ('The reef<a href="#_ftn1" name="_ftnref1"><sup>[1]</sup></a> is', "The reef [1] is"),
        ("The reef<a href='#note-3'>3</a> is", "The reef 3 is"),
        ("The reef<sup>3</sup> is", "The reef 3 is"),
        ("The reef<sup>*</sup> is", "The reef * is"),
        ('The UN<sup class="reference">4</sup> is', "The UN 4 is"),
        # these belong to the word
        ("5 m<sup>2</sup>, 3 km<sup>2</sup>, CO<sub>2</sub>", "5 m2, 3 km2, CO2"),
        ("the 19<sup>th</sup> day, M<sup>me</sup> Curie", "the 19th day, Mme Curie"),
        ("10<sup>21</sup>", "1021"),
        ("see <a href='#part'>the part</a>s", "see the parts"),
        ("see <a href='https://example.org/#part'>part</a>s", "see parts"),
    ],
)
def test_marks_of_footnotes_do_not_glue(source, text):
    assert clean(source) == text


WORDS = st.from_regex(r"[A-Za-z]{2,8}", fullmatch=True)
#: What stands between words for a reader.
GAPS = st.sampled_from(
    [
        *(" ", "\n", "<br>", "</p><p>", "<hr/>", "<div>", "</li><li>", "</td><td>", "&nbsp;", "&#160;"),
        *("<img src=x>", "<iframe src=x></iframe>", "<iframe/>", "<button>", "<button>x</button>", "<svg></svg>"),
        *("<textarea>", "<select><option>x</select>", "<object></object>", "<video></video>", "<form>", "<input>"),
        *("[gallery]", "[vc_row]", "[/vc_row]", "[youtube=https://example.org/a]", "[hr /]", "<math></math>"),
    ]
)
#: These stand within words.
INLINE = st.sampled_from(
    ["<b>", "</b>", "<i>", "</a>", "<!-- x -->", "<wbr>", "<span class='a'>", "<script>x</script>"]
)


@given(st.lists(st.tuples(WORDS, GAPS, st.lists(INLINE, max_size=2)), min_size=1, max_size=8))
def test_two_words_that_stood_apart_are_never_glued(parts):
    source = "".join(f"{word}{gap}{''.join(inline)}" for word, gap, inline in parts)
    kept = clean(source).split()
    assert [word for word in kept if word not in {word for word, _, _ in parts}] == []


@given(
    st.lists(st.sampled_from(["<p>", "</p>", "one ", "two ", "<b>", "&amp;", "<br/>"])).map("".join),
    st.sampled_from(RAW),
)
def test_closing_an_element_that_was_never_closed_loses_no_text_behind_it(behind, name):
    def words(source):
        return clean(source).split()

    assert (
        words(f"<{name}>{behind}")
        == words(f"<{name}></{name}>{behind}")
        == words(f"<{name}/>{behind}")
        == words(behind)
    )


@given(st.lists(WORDS | st.sampled_from([".", ",", " ", "\n", "\n\n", "é", "[sic]", "5 < 6", "AT&T"])).map(" ".join))
def test_cleaning_clean_text_changes_nothing(text):
    cleaned = clean(text)
    assert cleaned.split() == text.split()
    assert clean(cleaned) == cleaned
    assert clean_and_count(text)[1] == 0


@pytest.mark.parametrize(
    ("source", "dropped"),
    [
        ("<p>abc</p><script>defg</script><style>h</style><!-- i --><title>jk</title>", 0),
        ('<p title="long words">abc</p>[gallery ids="1"][youtube]dQw4w9WgXcQ[/youtube]', 0),
        ("<p>A story.</p><form>ab 1 cd</form>", 4),
        ("<button>abc</button><iframe>no <b>frames</b></iframe><textarea>x&amp;y</textarea>", 13),
        (f"A<!-- wp:p {HIDDEN} --><p>abc</p><button>de</button><!-- /wp:p -->B", 5),
        ("<select><option>ab<option>cd</select><noscript>ef</noscript>", 6),
        ("<p>A story</p>\nhttps://ab.cd/ef\n", 11),
        ("<form><p>abc</p></form>", 0),
    ],
)
def test_letters_that_are_not_read_are_counted(source, dropped):
    assert clean_and_count(source)[1] == dropped
