"""Vocabularies of other systems as a first sections.toml: SKOS, the IPTC's Media Topics, and CSV tables."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from classifier.corpus.draft import Candidate, Draft, named
from classifier.corpus.readers.files import open_bytes, readable
from classifier.corpus.readers.limits import LIMITS
from classifier.errors import CorpusError, shown
from classifier.language_codes import matches
from classifier.sections import is_visible

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

_DEFAULT_LANGUAGE = "en"
#: Suffix -> the name of the syntax of RDF.
_RDF = {".ttl": "turtle", ".rdf": "xml", ".xml": "xml", ".owl": "xml", ".nt": "nt"}
_COLUMNS = {
    "id": ("id", "slug", "code", "identifier"),
    "name": ("name", "label", "preflabel", "title", "section", "category", "term"),
    "aliases": ("aliases", "alias", "altlabel", "synonyms", "also written"),
    "parent": ("parent", "broader", "group", "parent_id"),
    "definition": ("definition", "description", "scope note", "scopenote", "covers"),
}
_MAX_DEFINITION = 1_000
_MEDIA_TOPICS = "medtop:"


def read_vocabulary(path: Path, language: str | None = None) -> Draft:
    """Return the concepts of a vocabulary as sections, in the order of the file.

    Parameters
    ----------
    path : Path
        SKOS in Turtle, RDF/XML or N-Triples, the IPTC's JSON, or a CSV table with a header line.
    language : str, optional
        The language of names, if there are several; ``en`` by default. A concept without a name in it has its first.

    Raises
    ------
    CorpusError
        If the file cannot be read, has no concepts, or needs a package that is not installed.
    """
    with readable(path):
        if not path.is_file():
            raise CorpusError(f"{path} does not exist. Fix: check the path")
        with open_bytes(path, LIMITS) as file:
            data = file.read(LIMITS.item + 1)
        if len(data) > LIMITS.item:
            raise CorpusError(f"{path}: a vocabulary of more than {LIMITS.item:,} bytes. Fix: leave concepts out")
        kind = Path(path.stem).suffix.lower() if path.suffix.lower() == ".gz" else path.suffix.lower()
        wanted = language or _DEFAULT_LANGUAGE
        if kind in _RDF:
            found = list(_of_skos(path, data, _RDF[kind], wanted))
        elif kind in (".json", ".jsonld"):
            found = list(_of_iptc(path, data, wanted))
        elif kind in (".csv", ".tsv", ".txt"):
            found = list(_of_table(path, data, "\t" if kind == ".tsv" else None))
        else:
            raise CorpusError(
                f"{path}: unknown kind of vocabulary. Fix: give SKOS ({', '.join(_RDF)}), the IPTC's Media Topics "
                "(.json), or a table with the columns id, name, aliases, parent (.csv, .tsv)"
            )
    retired = [candidate for candidate in found if candidate is None]
    candidates = [candidate for candidate in found if candidate is not None and is_visible(candidate.name)]
    if not candidates:
        raise CorpusError(f"{path} has no concept with a name. Fix: check that it is the vocabulary")
    notes = [f"{len(retired):,} retired concepts were left out"] if retired else []
    return Draft(named(_once(candidates, notes)), notes)


def _once(candidates: Sequence[Candidate], notes: list[str]) -> list[Candidate]:
    """Return each key once, the first."""
    found: dict[str, Candidate] = {}
    for candidate in candidates:
        found.setdefault(candidate.key, candidate)
    if len(found) < len(candidates):
        notes.append(f"{len(candidates) - len(found):,} concepts that stand in the file twice were left out")
    return list(found.values())


def _of_skos(path: Path, data: bytes, syntax: str, language: str) -> Iterator[Candidate | None]:
    try:
        import rdflib
        from rdflib.namespace import OWL, RDF, SKOS
    except ImportError as error:
        raise CorpusError(f"{path}: SKOS needs rdflib. Fix: run “pip install 'copydesk[formats]'”") from error
    graph = rdflib.Graph()
    try:
        graph.parse(data=data, format=syntax)
    except Exception as error:  # the parsers of rdflib raise errors of their own, and those of XML
        raise CorpusError(
            f"{path}: not RDF that can be read ({type(error).__name__}). Fix: check the file, or export it as Turtle"
        ) from error
    parents: dict[Node, str] = {child: str(parent) for child, _, parent in graph.triples((None, SKOS.broader, None))}
    for parent, _, child in graph.triples((None, SKOS.narrower, None)):
        parents.setdefault(child, str(parent))
    for concept in sorted(graph.subjects(RDF.type, SKOS.Concept), key=str):
        if str(graph.value(concept, OWL.deprecated)).lower() in ("true", "1"):
            yield None
            continue
        uri = str(concept)
        yield _concept(
            uri,
            _literals(graph, concept, SKOS.prefLabel),
            [name for _, name in _in_language(_literals(graph, concept, SKOS.altLabel), language)],
            _literals(graph, concept, SKOS.definition) or _literals(graph, concept, SKOS.scopeNote),
            parents.get(concept, ""),
            str(graph.value(concept, SKOS.notation) or ""),
            language,
        )


def _literals(graph: "Graph", concept: "Node", predicate: "Node") -> list[tuple[str, str]]:
    """Return the texts of a concept with their languages, in a fixed order."""
    found = graph.objects(concept, predicate)
    return sorted((str(getattr(value, "language", None) or ""), str(value)) for value in found)


def _of_iptc(path: Path, data: bytes, language: str) -> Iterator[Candidate | None]:
    try:
        found = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise CorpusError(f"{path}: not valid JSON. Fix: download the vocabulary again") from error
    concepts = found.get("conceptSet") if isinstance(found, dict) else found
    if not isinstance(concepts, list):
        raise CorpusError(
            f"{path}: no conceptSet. Fix: give the JSON of a vocabulary of cv.iptc.org, or SKOS as Turtle"
        )
    for concept in concepts:
        if not isinstance(concept, dict) or not isinstance(concept.get("uri"), str):
            continue
        if concept.get("retired"):
            yield None
            continue
        broader = concept.get("broader")
        yield _concept(
            concept["uri"],
            _by_language(concept.get("prefLabel")),
            [name for _, name in _in_language(_by_language(concept.get("altLabel")), language)],
            _by_language(concept.get("definition")),
            next((uri for uri in broader if isinstance(uri, str)), "") if isinstance(broader, list) else "",
            str(concept.get("qcode") or ""),
            language,
        )


def _by_language(value: Any) -> list[tuple[str, str]]:
    if not isinstance(value, dict):
        return []
    listed = ((code, text if isinstance(text, list) else [text]) for code, text in value.items())
    return [(code, text) for code, some in listed for text in some if isinstance(text, str)]


def _concept(
    uri: str,
    names: Sequence[tuple[str, str]],
    aliases: Iterable[str],
    definitions: Sequence[tuple[str, str]],
    parent: str,
    code: str,
    language: str,
) -> Candidate:
    name = next((text for _, text in (*_in_language(names, language), *names)), "")
    definition = next((text for _, text in (*_in_language(definitions, language), *definitions)), "")
    external = {"skos": uri}
    if "newscodes/mediatopic/" in uri or code.startswith(_MEDIA_TOPICS):
        external["iptc"] = _MEDIA_TOPICS + (code or uri).rpartition("/")[2].removeprefix(_MEDIA_TOPICS)
    last = uri.rstrip("/").rpartition("/")[2].rpartition("#")[2]
    return Candidate(
        uri,
        " ".join(name.split()),
        (name, last),
        parent=parent,
        aliases=[" ".join(alias.split()) for alias in aliases],
        definition=" ".join(definition.split())[:_MAX_DEFINITION],
        external=external,
    )


def _in_language(texts: Sequence[tuple[str, str]], language: str) -> list[tuple[str, str]]:
    return [(code, text) for code, text in texts if _is_in(code, language)]


def _is_in(code: str, language: str) -> bool:
    try:
        return bool(code) and matches(code, language)
    except ValueError:
        return False


def _of_table(path: Path, data: bytes, delimiter: str | None) -> Iterator[Candidate]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CorpusError(f"{path}: not UTF-8. Fix: save the table as CSV in UTF-8") from error
    header = text.partition("\n")[0]
    rows = csv.DictReader(
        io.StringIO(text), delimiter=delimiter or (";" if header.count(";") > header.count(",") else ",")
    )
    by_name = {(name or "").strip().lower(): name for name in rows.fieldnames or ()}
    columns = {
        field: next((by_name[name] for name in names if name in by_name), None) for field, names in _COLUMNS.items()
    }
    if columns["name"] is None and columns["id"] is None:
        named_ = ", ".join(map(shown, filter(None, by_name)))
        raise CorpusError(
            f"{path}:1: no column id or name; found {named_}. Fix: name the columns id,name,aliases,parent"
        )
    for row in rows:
        cells = {field: (row.get(column) or "").strip() if column else "" for field, column in columns.items()}
        if not (cells["name"] or cells["id"]):
            continue
        external = _external(row)
        yield Candidate(
            cells["id"] or cells["name"],
            cells["name"] or cells["id"],
            (cells["id"], cells["name"]),
            parent=cells["parent"],
            aliases=[alias.strip() for alias in cells["aliases"].replace(";", "|").split("|") if alias.strip()],
            definition=cells["definition"],
            external=external,
        )


def _external(row: Mapping[str, Any]) -> dict[str, str]:
    """Return the ids of other systems in the columns ``external.wordpress``, ``external.iptc`` and the like."""
    prefix = "external."
    found = {
        str(name).strip().lower(): value for name, value in row.items() if isinstance(value, str) and value.strip()
    }
    return {name.removeprefix(prefix): value.strip() for name, value in found.items() if name.startswith(prefix)}
