import json
import tracemalloc
from dataclasses import replace

import pytest

from classifier import Section, Sections
from classifier.corpus.drafting.archives import draft_sections
from classifier.corpus.readers import Reading, read_corpus
from classifier.corpus.readers.context import Context
from classifier.corpus.readers.ghost import read_ghost
from classifier.corpus.readers.limits import LIMITS
from classifier.errors import CorpusError
from tests.corpus.formats.conftest import VOCABULARY


def test_lines_of_fasttext_are_read_with_all_their_labels(read, found):
    source = "__label__sport __label__South_Asia A match in Dhaka .\n\n__label__politics , A vote .\nA concert .\n"
    corpus = read("cooking.txt", source)
    assert found(corpus) == [
        (None, "A match in Dhaka .", ["south-asia", "sport"]),
        (None, "A vote .", ["politics"]),
        (None, "A concert .", []),
    ]
    assert [row.place.line for row in corpus.articles] == [1, 3, 4]


def test_labels_of_fasttext_may_stand_behind_the_text(read, found):
    assert found(read("x.txt", "A match . __label__sport\nA vote . __label__politics\n")) == [
        (None, "A match .", ["sport"]),
        (None, "A vote .", ["politics"]),
    ]


def test_a_bad_line_of_fasttext_is_one_reject(read):
    corpus = read("train.ft", b"__label__sport A match\xff here\n__label__sport A match\n__label__opera An opera\n")
    assert len(corpus.articles) == 1
    assert ["not UTF-8" in str(reject) for reject in corpus.rejects] == [True, False]


ANNIF = "A vote in parliament\t<https://topics.example/p1>\nA match\t<https://topics.example/x> <https://topics.example/p1>\n"


@pytest.mark.parametrize("name", ["short.tsv", "short.txt"])
def test_a_table_of_annif_is_read_by_the_addresses_of_sections(read, found, name):
    assert found(read(name, ANNIF, ignore_unknown=True)) == [
        (None, "A vote in parliament", ["politics"]),
        (None, "A match", ["politics"]),
    ]
    assert "unknown section “https://topics.example/x”" in str(read(name, ANNIF).rejects[0])


def test_texts_of_annif_have_their_subjects_beside_them(tmp_path, found):
    (tmp_path / "a.txt").write_text("A vote\n\nIn parliament.\n")
    (tmp_path / "a.tsv").write_text("<https://topics.example/p1>\tparliaments\n")
    (tmp_path / "b.txt").write_text("A match in Dhaka.\n")
    (tmp_path / "b.key").write_text("Sport\nSouth Asia\n")
    corpus = read_corpus([tmp_path], VOCABULARY)
    assert found(corpus) == [
        ("a", "A vote\n\nIn parliament.", ["politics"]),
        ("b", "A match in Dhaka.", ["south-asia", "sport"]),
    ]
    assert not corpus.rejects


def test_the_name_of_a_folder_is_the_label_of_its_texts(tmp_path, found):
    for folder in ("sport", "South Asia", "opera"):
        (tmp_path / "news" / folder).mkdir(parents=True)
        (tmp_path / "news" / folder / "001.txt").write_text(f"The {folder} story\n\nIt goes on.\n")
    corpus = read_corpus([tmp_path / "news"], VOCABULARY)
    assert found(corpus) == [
        ("South Asia/001", "The South Asia story\n\nIt goes on.", ["south-asia"]),
        ("sport/001", "The sport story\n\nIt goes on.", ["sport"]),
    ]
    (reject,) = corpus.rejects
    assert "its folder “opera” is not a section" in str(reject)
    assert "001.key" in str(reject)


def test_folders_draft_a_vocabulary_that_reads_them(tmp_path):
    for folder in ("Opera", "Chess"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "1.txt").write_text("A story.\n\nIt goes on.\n")
    draft = draft_sections([tmp_path], Reading())
    assert [section.id for section in draft.sections] == ["chess", "opera"]
    vocabulary = Sections(Section(id=section.id, name=section.name) for section in draft.sections)
    assert len(read_corpus([tmp_path], vocabulary).articles) == 2


def ghost(**tables):
    return json.dumps({"db": [{"meta": {"exported_on": 1767225600000, "version": "5.130.0"}, "data": tables}]})


POSTS = [
    {"id": "a1", "title": "A vote", "html": "<p>In parliament.</p>", "lexical": "{}", "mobiledoc": None, "type": "post"}
    | {"status": "published", "published_at": "2026-01-02T03:04:05.000Z"},
    {"id": "a2", "title": "Draft", "html": "<p>Not yet.</p>", "type": "post", "status": "draft"},
    {"id": "a3", "title": "About", "html": "<p>We are a magazine.</p>", "type": "page", "status": "published"},
    {"id": "a4", "title": "Picture", "html": None, "lexical": "{}", "type": "post", "status": "published"},
    {"id": "a5", "title": "A match", "html": "<p>In Dhaka.</p>", "page": 0, "status": "published"},
    {"id": "a6", "title": "Letter", "html": "<p>By mail.</p>", "type": "post", "status": "sent"},
]
TAGS = [
    {"id": "t1", "name": "Politics", "slug": "politics-desk", "visibility": "public"},
    {"id": "t2", "name": "#print", "slug": "hash-print", "visibility": "internal"},
    {"id": "t3", "name": "South Asia", "slug": "south-asia"},
]
LINKS = [
    {"post_id": "a1", "tag_id": "t1", "sort_order": 1},
    {"post_id": "a1", "tag_id": "t2", "sort_order": 0},
    {"post_id": "a5", "tag_id": "t3", "sort_order": 0},
    {"post_id": "a5", "tag_id": "t1", "sort_order": 1},
    {"post_id": "a5", "tag_id": "gone", "sort_order": 2},
]


def test_an_export_of_ghost_is_read(read, found):
    corpus = read("ghost.json", ghost(posts=POSTS, tags=TAGS, posts_tags=LINKS))
    assert found(corpus) == [
        ("a1", "A vote\n\nIn parliament.", ["politics"]),
        ("a5", "A match\n\nIn Dhaka.", ["politics", "south-asia"]),
        ("a6", "Letter\n\nBy mail.", []),
    ]
    assert str(corpus.articles[0].article.published) == "2026-01-02"
    assert corpus.articles[1].article.sections == ("south-asia", "politics")
    assert corpus.left_out == {
        "posts with the status “draft”": 1,
        "pages (type page)": 1,
        "posts without text, such as pictures and galleries": 1,
    }
    assert "1 post has internal tags of Ghost" in " ".join(corpus.notes())


def test_an_old_export_of_ghost_is_read(read, found):
    data = {"posts": [{"id": 1, "title": "A vote", "html": "<p>Text.</p>", "page": 0, "status": "published"}]}
    data |= {"tags": [{"id": 1, "name": "Politics", "slug": "x"}], "posts_tags": [{"post_id": 1, "tag_id": 1}]}
    source = json.dumps({"meta": {"exported_on": 1, "version": "003"}, "data": data})
    assert found(read("old.json", source)) == [("1", "A vote\n\nText.", ["politics"])]


@pytest.mark.parametrize(
    "wrap",
    [
        lambda data: {"meta": {"version": "5.130.0"}, "data": data},
        lambda data: {"data": data, "meta": {"version": "5.130.0"}},
        lambda data: {"meta": {"note": "x" * 400, "exported_on": 1}, "data": data},
    ],
)
@pytest.mark.parametrize("indent", [None, 1])
def test_an_export_of_ghost_without_the_outer_database_is_read(read, found, wrap, indent):
    source = json.dumps(wrap({"posts": POSTS, "tags": TAGS, "posts_tags": LINKS}), indent=indent)
    assert [id_ for id_, _, _ in found(read("ghost.json", source))] == ["a1", "a5", "a6"]


def test_a_file_of_data_that_is_perhaps_of_ghost_is_refused_with_the_option_that_reads_it(read):
    with pytest.raises(CorpusError, match=r"columns are meta, data\..*add --format ghost if the file is an export"):
        read("perhaps.json", json.dumps({"meta": {"a": 1}, "data": {"actions": [], "entries": []}}))


def test_an_answer_of_the_api_of_ghost_is_read_as_well(read, found):
    post = {"uuid": "u1", "slug": "vote", "id": "a1", "title": "A vote", "html": "<p>In parliament.</p>"}
    tags = [{"name": "South Asia", "slug": "south-asia"}, {"name": "#print", "slug": "hash-print"}]
    answer = {"posts": [{**post, "status": "published", "tags": tags}], "meta": {"pagination": {"page": 1}}}
    assert found(read("posts.json", json.dumps(answer, indent=1))) == [
        ("a1", "A vote\n\nIn parliament.", ["south-asia"])
    ]


@pytest.mark.parametrize("pattern", ["news", "news/*", "news/*/*"])
def test_texts_without_a_suffix_are_read_if_their_format_is_named(tmp_path, found, pattern):
    for folder in ("sport", "politics"):
        (tmp_path / "news" / folder).mkdir(parents=True)
        (tmp_path / "news" / folder / "10245").write_text(f"Subject: {folder}\n\nA story.\n")
        (tmp_path / "news" / folder / ".hidden").write_text("Not a story.\n")
    corpus = read_corpus([tmp_path / pattern], VOCABULARY, Reading(format="page"))
    assert [(id_, sections) for id_, _, sections in found(corpus)] == [
        ("politics/10245", ["politics"]),
        ("sport/10245", ["sport"]),
    ]


@pytest.mark.parametrize(
    "source",
    [
        ghost(posts=POSTS)[:-30],
        ghost(posts=POSTS)[:-1],
        ghost(tags=TAGS),
        ghost(posts=5),
        '{"db": [{"exported_on": 1, "posts": [}]}',
        '{"db": [{"exported_on": 1, "posts": [' + "[" * 100_000 + "]}]}",
    ],
)
def test_a_damaged_export_of_ghost_says_so(read, source):
    with pytest.raises(CorpusError, match=r"not an export of Ghost.*\. Fix: in Ghost, open Settings"):
        read("ghost.json", source)


def test_an_export_of_ghost_without_posts_is_one(read):
    assert not read("ghost.json", ghost(posts=[], tags=TAGS)).articles


def test_an_odd_byte_or_half_a_character_costs_at_most_its_post(read, found):
    posts = [
        {"id": "a", "title": "One", "html": "<p>Caf\u00e9</p>", "status": "published"},
        {"id": "b", "title": "Two", "html": "<p>cut \ud83d</p>", "status": "published"},
        {"id": "c", "title": "Three", "html": "<p>whole</p>", "status": "published"},
    ]
    source = ghost(posts=posts).encode().replace(b"Caf\\u00e9", b"Caf\xe9")
    corpus = read("ghost.json", source)
    assert found(corpus) == [("b", "Two\n\ncut \ufffd", []), ("c", "Three\n\nwhole", [])]
    (reject,) = corpus.rejects
    assert "post a" in str(reject)
    assert "not UTF-8" in str(reject)


def test_a_large_export_of_ghost_is_read_post_by_post(tmp_path):
    path = tmp_path / "ghost.json"
    body = "word " * 20_000
    post = {"title": "T", "html": body, "lexical": body, "status": "published"}
    posts = [post | {"id": str(i)} for i in range(60)]
    path.write_text(
        ghost(posts=posts, tags=TAGS, posts_tags=[{"post_id": "59", "tag_id": "t1"}], settings=["x"] * 1000)
    )
    assert path.stat().st_size > 12_000_000
    tracemalloc.start()
    try:
        rows = [row.fields["sections"] for row in read_ghost(path, Context(VOCABULARY, Reading(), LIMITS))]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert rows == [[]] * 59 + [["politics"]]
    assert peak < 4_000_000


def test_a_post_of_ghost_over_the_limit_of_a_row_is_one_sentence(tmp_path):
    path = tmp_path / "ghost.json"
    path.write_text(ghost(posts=[{"id": "a", "title": "T", "html": "word " * 60_000, "status": "published"}]))
    with pytest.raises(CorpusError, match="an entry has more than 70,000 characters"):
        list(read_ghost(path, Context(VOCABULARY, Reading(), replace(LIMITS, row=70_000))))


NINJS = [
    {
        "uri": "urn:desk:1",
        "versioncreated": "2026-11-01T10:00:00Z",
        "headline": "A vote",
        "body_xhtml": "<p>In parliament.</p>",
        "subject": [{"name": "politics and government", "code": "medtop:11000000"}, {"name": "Sport"}],
    },
    {
        "uri": "urn:desk:2",
        "headlines": [{"role": "main", "value": "A match"}],
        "bodies": [{"role": "main", "contenttype": "text/html", "value": "<p>In Dhaka.</p>"}],
        "subjects": [{"name": "x", "uri": "http://cv.iptc.org/newscodes/mediatopic/11000000"}],
    },
    {"uri": "urn:desk:3", "type": "picture", "headline": "A picture", "versioncreated": "x"},
    {"uri": "urn:desk:4", "pubstatus": "canceled", "headline": "Gone", "body_text": "Gone."},
]


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("items.json", json.dumps(NINJS)),
        ("items.jsonl", "\n".join(map(json.dumps, NINJS))),
        ("items.json", json.dumps({"_items": NINJS})),
    ],
)
def test_items_of_ninjs_are_read_by_the_codes_and_names_of_their_subjects(read, found, name, source):
    corpus = read(name, source)
    assert found(corpus) == [
        ("urn:desk:1", "A vote\n\nIn parliament.", ["politics", "sport"]),
        ("urn:desk:2", "A match\n\nIn Dhaka.", ["politics"]),
    ]
    assert corpus.left_out == {"ninjs items of the type “picture”": 1, "ninjs items with the status “canceled”": 1}


def test_one_article_in_a_file_of_json_is_read(tmp_path, found):
    for number, section in enumerate(["sport", "politics"]):
        article = {"title": "T", "text": f"Story {number}.", "category": section}
        (tmp_path / f"{number}.json").write_text(json.dumps(article, indent=2))
    corpus = read_corpus([tmp_path], VOCABULARY)
    assert [sections for _, _, sections in found(corpus)] == [["sport"], ["politics"]]


def test_one_item_in_a_file_is_read(read, found):
    assert found(read("item.json", json.dumps(NINJS[1], indent=1)))[0][0] == "urn:desk:2"
