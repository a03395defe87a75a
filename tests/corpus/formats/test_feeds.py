import pytest

from classifier.errors import CorpusError

pytest.importorskip("feedparser")

RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/">
<channel><title>Desk</title><link>https://news.example</link><language>en-GB</language>
<item><title>A vote &amp; a match</title><link>https://news.example/1</link><guid>n1</guid>
<pubDate>Sat, 28 Nov 2026 08:46:14 +0000</pubDate><category><![CDATA[Politics]]></category><category>Sport</category>
<description>Short.</description><content:encoded><![CDATA[<p>In parliament.</p>]]></content:encoded></item>
<item><title>A concert</title><link>https://news.example/2</link><category>Uncategorized</category>
<description>&lt;p&gt;In the park.&lt;/p&gt;</description></item>
<item><title>A picture</title><guid>n3</guid></item>
</channel></rss>"""
ATOM = """<?xml version="1.0"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>Desk</title><id>urn:x</id>
<entry><id>urn:x:1</id><title>A match</title><updated>2026-11-01T10:00:00Z</updated>
<category term="c7" label="Sport"/><category term="south-asia"/>
<content type="html">&lt;p&gt;In Dhaka.&lt;/p&gt;</content>
</entry></feed>"""


@pytest.mark.parametrize("name", ["feed.xml", "feed.rss"])
def test_a_feed_is_read_with_its_categories(read, found, name):
    corpus = read(name, RSS)
    assert found(corpus) == [
        ("n1", "A vote & a match\n\nIn parliament.", ["politics", "sport"]),
        ("https://news.example/2", "A concert\n\nIn the park.", []),
    ]
    first = corpus.articles[0].article
    assert (str(first.published), first.language[:2], first.url) == ("2026-11-28", "en", "https://news.example/1")
    assert corpus.left_out == {"entries of feeds without text": 1}


def test_an_atom_feed_is_read_by_terms_and_labels(read, found):
    assert found(read("feed.atom", ATOM)) == [("urn:x:1", "A match\n\nIn Dhaka.", ["south-asia", "sport"])]


def test_a_file_with_the_name_of_a_feed_in_it_does_not_open_that(read, tmp_path):
    other = tmp_path / "other.xml"
    other.write_text(RSS)
    with pytest.raises(CorpusError, match="not an RSS or Atom feed"):
        read("feed.rss", str(other))


def test_a_page_that_is_no_feed_is_refused(read):
    with pytest.raises(CorpusError, match="not an RSS or Atom feed"):
        read("feed.rss", "<html><body>rss</body></html>")
