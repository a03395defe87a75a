import json

import pytest

from classifier.corpus.drafting.thesaurus import read_vocabulary
from classifier.errors import CorpusError
from classifier.sections import Sections

TURTLE = """@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix t: <https://topics.example/> .
t:1 a skos:Concept ; skos:prefLabel "economy"@en, "Wirtschaft"@de ; skos:altLabel "business"@en, "Handel"@de ;
    skos:definition "Trade and money."@en .
t:2 a skos:Concept ; skos:prefLabel "banks"@en-GB ; skos:broader t:1 .
t:3 a skos:Concept ; skos:prefLabel "Ernte"@de .
t:4 a skos:Concept ; skos:prefLabel "telegraph"@en ; owl:deprecated true .
t:scheme a skos:ConceptScheme ; skos:prefLabel "Topics"@en .
t:1 skos:narrower t:3 .
"""
RDF_XML = """<?xml version="1.0"?>
<!DOCTYPE rdf:RDF [<!ENTITY skos "http://www.w3.org/2004/02/skos/core#"><!ENTITY x SYSTEM "FILE">]>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:skos="http://www.w3.org/2004/02/skos/core#">
<rdf:Description rdf:about="https://topics.example/1"><rdf:type rdf:resource="&skos;Concept"/>
<skos:prefLabel xml:lang="en">economy</skos:prefLabel><skos:definition xml:lang="en">About &x; it.</skos:definition>
</rdf:Description></rdf:RDF>
"""
IPTC = {
    "conceptSet": [
        {
            "uri": "http://cv.iptc.org/newscodes/mediatopic/01000000",
            "qcode": "medtop:01000000",
            "prefLabel": {"en-GB": "arts, culture", "de": "Kultur"},
            "definition": {"en-GB": "All forms of arts."},
        },
        {
            "uri": "http://cv.iptc.org/newscodes/mediatopic/20000002",
            "qcode": "medtop:20000002",
            "prefLabel": {"en-GB": "arts and entertainment"},
            "broader": ["http://cv.iptc.org/newscodes/mediatopic/01000000"],
        },
        {
            "uri": "http://cv.iptc.org/newscodes/mediatopic/20000009",
            "prefLabel": {"en-GB": "old"},
            "retired": "2020-01-01",
        },
    ]
}


@pytest.fixture
def convert(tmp_path):
    def convert(name, source, language=None):
        """Return the sections of the drafted file, by id, and the draft's notes."""
        path, toml = tmp_path / name, tmp_path / "sections.toml"
        path.write_text(source, encoding="utf-8")
        draft = read_vocabulary(path, language)
        toml.write_text(draft.to_toml(), encoding="utf-8")
        return {section.id: section for section in Sections.load(toml)}, draft.notes

    return convert


def test_skos_in_turtle_gives_names_aliases_definitions_and_parents(convert):
    pytest.importorskip("rdflib")
    found, notes = convert("topics.ttl", TURTLE)
    assert {id_: (s.name, s.parent, s.aliases) for id_, s in found.items()} == {
        "economy": ("economy", None, ("business",)),
        "banks": ("banks", "economy", ()),
        "ernte": ("Ernte", "economy", ()),
    }
    assert {section.group for section in found.values()} == {""}
    assert found["economy"].definition == "Trade and money."
    assert found["banks"].external == {"skos": "https://topics.example/2"}
    assert notes == ["1 retired concept was left out"]


def test_the_language_of_the_names_can_be_asked_for(convert):
    pytest.importorskip("rdflib")
    found, _ = convert("topics.ttl", TURTLE, "de")
    assert (found["wirtschaft"].name, found["wirtschaft"].aliases) == ("Wirtschaft", ("Handel",))
    assert found["banks"].parent == "wirtschaft"


JSON_LD = {
    "@context": {"skos": "http://www.w3.org/2004/02/skos/core#", "uri": "@id", "graph": "@graph"},
    "graph": [
        {"uri": "t:1", "@type": "skos:Concept", "skos:prefLabel": {"@language": "en", "@value": "economy"}},
        {
            "uri": "t:2",
            "@type": "skos:Concept",
            "skos:prefLabel": [{"@language": "de", "@value": "Banken"}, {"@language": "en", "@value": "banks"}],
            "skos:broader": [{"uri": "t:1"}, {"uri": "t:0"}],
        },
        {"uri": "one", "@type": "skos:Concept", "skos:prefLabel": "loop", "skos:broader": {"uri": "one"}},
    ],
}


@pytest.mark.parametrize("name", ["topics.jsonld", "topics.json"])
def test_skos_in_json_ld_is_read(convert, name):
    pytest.importorskip("rdflib")
    found, notes = convert(name, json.dumps(JSON_LD))
    assert {id_: (s.name, s.parent, s.external["skos"]) for id_, s in found.items()} == {
        "economy": ("economy", None, "t:1"),
        "banks": ("banks", None, "t:2"),
        "loop": ("loop", None, "one"),
    }
    assert notes == [
        "1 concept has several broader concepts; the first in the order of their addresses is the parent",
        "1 section has no parent here, because the file names one that is not among the sections",
    ]


def test_json_ld_in_a_named_graph_is_read(convert):
    pytest.importorskip("rdflib")
    found, _ = convert("x.jsonld", json.dumps(JSON_LD | {"uri": "https://topics.example/scheme"}))
    assert set(found) == {"economy", "banks", "loop"}


def test_json_ld_without_an_outer_object_is_read(convert):
    pytest.importorskip("rdflib")
    skos = "http://www.w3.org/2004/02/skos/core#"
    rows = [{"@id": "t:1", "@type": [f"{skos}Concept"], f"{skos}prefLabel": [{"@value": "sea"}]}]
    assert list(convert("x.json", json.dumps(rows))[0]) == ["sea"]


@pytest.mark.parametrize(
    "context",
    [
        "https://topics.example/context.jsonld",
        ["file:///etc/hosts", {}],
        {"@import": "https://topics.example/context.jsonld"},
        {"term": {"@id": "t:x", "@context": "https://topics.example/context.jsonld"}},
    ],
)
def test_a_context_elsewhere_is_not_fetched(convert, context):
    pytest.importorskip("rdflib")
    with pytest.raises(CorpusError, match=r"its @context is an address, “.+, which is not fetched\. Fix: write the"):
        convert("x.jsonld", json.dumps(JSON_LD | {"@context": context}))


def test_relative_addresses_stay_as_the_file_has_them(convert):
    pytest.importorskip("rdflib")
    turtle = "@prefix skos: <http://www.w3.org/2004/02/skos/core#> . <sea> a skos:Concept ; skos:prefLabel 'sea' ."
    assert convert("x.ttl", turtle)[0]["sea"].external == {"skos": "sea"}


def test_skos_in_xml_is_read_and_no_file_that_it_names(convert, tmp_path):
    pytest.importorskip("rdflib")
    secret = tmp_path / "secret.txt"
    secret.write_text("opensesame")
    found, _ = convert("topics.rdf", RDF_XML.replace("FILE", secret.as_uri()))
    assert found["economy"].name == "economy"
    assert "opensesame" not in found["economy"].definition


def test_the_media_topics_of_the_iptc_bring_their_codes(convert):
    found, notes = convert("mediatopic.json", json.dumps(IPTC))
    assert {id_: (s.parent, s.external["iptc"]) for id_, s in found.items()} == {
        "arts-culture": (None, "medtop:01000000"),
        "arts-and-entertainment": ("arts-culture", "medtop:20000002"),
    }
    assert notes == ["1 retired concept was left out"]


def test_a_table_gives_sections_with_its_own_ids(convert):
    source = "id;name;aliases;parent;external.wordpress\nasia;Asia;;;\nsouth-asia;South Asia;SA|Subcontinent;asia;sa\n"
    found, _ = convert("sections.csv", source)
    section = found["south-asia"]
    assert (section.name, section.parent, section.aliases) == ("South Asia", "asia", ("SA", "Subcontinent"))
    assert (section.group, section.external) == ("", {"wordpress": "sa"})


def test_a_table_may_have_groups_and_parents(convert):
    found, _ = convert("t.csv", "id,name,parent,group\nasia,Asia,,Regions\nnepal,Nepal,Asia,Regions\nwar,War,Themes,\n")
    assert {name: (s.parent, s.group) for name, s in found.items()} == {
        "asia": (None, "Regions"),
        "nepal": ("asia", "Regions"),
        "war": (None, "Themes"),
    }


def test_a_table_of_names_alone_is_enough(convert):
    found, _ = convert("names.csv", "Section\nThe Sea\nধর্ম\n")
    assert [section.name for section in found.values()] == ["The Sea", "ধর্ম"]


@pytest.mark.parametrize(
    ("name", "source", "words"),
    [
        ("x.ttl", "this is no turtle", "not RDF"),
        ("x.ttl", "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .", "no concept"),
        ("x.json", "{}", "no conceptSet"),
        ("x.json", "{", "not valid JSON"),
        ("x.csv", "colour\nred\n", "no column id or name"),
        ("x.docx", "x", "unknown kind of vocabulary"),
    ],
)
def test_what_is_no_vocabulary_is_refused(convert, name, source, words):
    if name.endswith("ttl"):
        pytest.importorskip("rdflib")
    with pytest.raises(CorpusError, match=words):
        convert(name, source)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(CorpusError, match="does not exist"):
        read_vocabulary(tmp_path / "x.ttl")
