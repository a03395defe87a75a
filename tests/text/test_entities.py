"""Entities that were escaped twice, text that was escaped as a whole, and ligatures."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.text.clean import clean
from classifier.text.entities import as_read, unescape


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("Norway&amp;#8217;s fleet &amp;amp; crew&amp;nbsp;sailed", "Norway’s fleet & crew sailed"),
        ("<p>Norway&amp;rsquo;s &amp;quot;big&amp;quot; fleet</p>", 'Norway’s "big" fleet'),
        ("<p>Norway&amp;#x2019;s caf&amp;eacute;</p>", "Norway’s café"),
        ("Norway&amp;amp;#8217;s &amp;amp;amp; so on", "Norway’s & so on"),
        ("<p>one&amp;hellip;</p>", "one…"),
        # these stay as a reader sees them
        ("AT&T, R&D, &c. and B&amp;B", "AT&T, R&D, &c. and B&B"),
        ("<p>AT&amp;T; R&amp;D; Q&amp;A;</p>", "AT&T; R&D; Q&A;"),
        ("<p>Write <code>&amp;lt;p&amp;gt;</code></p>", "Write &lt;p&gt;"),
        ("Write &amp;lt; or &amp;#60; or &amp;#x3E;", "Write &lt; or &#60; or &#x3E;"),
        ("a &lt; b &amp;&amp; c", "a < b && c"),
        ("see ?a=1&amp;b=2; there", "see ?a=1&b=2; there"),
        ("&amp;nosuchname; &amp;#99999999;", "&nosuchname; &#99999999;"),
        ("&amp;#0; &amp;#128;", "\ufffd €"),
    ],
)
def test_entities_that_were_escaped_twice_are_read(source, text):
    assert clean(source) == text


@given(st.text("a&;#8lgtampquo17x "))
def test_a_text_without_entities_after_unescaping_stays_as_it_is(text):
    once = unescape(text)
    assert len(as_read(text)) <= len(once)
    if not re.search("&(?:amp;|#?\\w+;)", once):
        assert as_read(text) == once


@given(st.text())
def test_escaping_once_or_twice_is_undone(text):
    plain = text.replace("&", "").replace("<", "").replace(">", "")
    assert as_read(html.escape(f"{plain} & {plain}")) == f"{plain} & {plain}"
    assert as_read(html.escape(html.escape(f"{plain} & {plain}"))) == f"{plain} & {plain}"


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("&lt;p&gt;One&lt;/p&gt;&lt;p&gt;Two &amp;amp; three&lt;/p&gt;", "One\n\nTwo & three"),
        ("&lt;!-- wp:paragraph --&gt;\n&lt;p&gt;One&lt;/p&gt;\n&lt;!-- /wp:paragraph --&gt;", "One"),
        ("&lt;div class=&quot;a&quot;&gt;One&lt;/div&gt;", "One"),
        ("&amp;lt;p&amp;gt;One &amp;amp;amp; two&amp;lt;/p&amp;gt;", "One & two"),
        # about HTML
        ("&amp;lt;p&amp;gt; begins a paragraph.", "&lt;p&gt; begins a paragraph."),
        ("The &lt;p&gt; tag begins a paragraph.", "The <p> tag begins a paragraph."),
        ("&lt;p&gt; begins a paragraph, &lt;/p&gt; ends it.", "<p> begins a paragraph, </p> ends it."),
        ("<p>&lt;p&gt;One&lt;/p&gt;</p>", "<p>One</p>"),
    ],
)
def test_html_that_was_escaped_as_a_whole_is_read_as_html(source, text):
    assert clean(source) == text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("o\ufb03cial \ufb01sh \ufb02eets o\ufb00 \ufb04uent", "official fish fleets off ffluent"),
        ("\ufb05one \ufb06one", "stone stone"),
        ("<p>Paci\ufb01c</p>", "Pacific"),
        ("Paci&#xFB01;c", "Pacific"),
        ("œuvre, Ærø, m², 1ª, ™, ½, ĳ", "œuvre, Ærø, m², 1ª, ™, ½, ĳ"),
    ],
)
def test_ligatures_are_read_as_their_letters(source, text):
    assert clean(source) == text
