"""SKOS, the W3C's form of vocabularies, by rdflib: Turtle, RDF/XML, N-Triples and JSON-LD."""

import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from classifier.corpus.drafting.candidates import Candidate
from classifier.corpus.drafting.concepts import concept_candidate, in_language
from classifier.errors import CorpusError, number_of, pip_command, shown

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

#: Suffix -> the name of the syntax in rdflib.
SYNTAXES = {
    ".ttl": "turtle",
    ".rdf": "xml",
    ".xml": "xml",
    ".owl": "xml",
    ".nt": "nt",
    ".jsonld": "json-ld",
}


#: The base of relative addresses: without one, rdflib takes the folder that the command runs in.
_BASE = "http://relative.invalid/"


def is_json_ld(content: Any) -> bool:
    """Return whether parsed JSON is JSON-LD: it has keys such as ``@context``, ``@graph`` or ``@id``."""
    parts = content if isinstance(content, list) else [content]
    return any(isinstance(part, dict) and any(key.startswith("@") for key in part) for part in parts)


def read_skos(path: Path, data: bytes, syntax: str, language: str, notes: list[str]) -> Iterator[Candidate | None]:
    """Yield the concepts of SKOS, None for one that is deprecated.

    Parameters
    ----------
    path : Path
        Named in errors.
    data : bytes
    syntax : str
        As rdflib calls it.
    language : str
        Of the names.
    notes : list of str
        Gets what a user should know.

    Raises
    ------
    CorpusError
        If it cannot be read, or rdflib is not installed.
    """
    try:
        from rdflib.namespace import OWL, RDF, SKOS
    except ImportError as error:
        raise CorpusError(f"{path}: SKOS needs rdflib. Fix: run {pip_command('formats')}") from error
    if syntax == SYNTAXES[".jsonld"]:
        data = _without_addresses(path, data)
    try:
        graph = _parsed(data, syntax)
    except Exception as error:  # the parsers of rdflib raise errors of their own, and those of XML
        raise CorpusError(
            f"{path}: not RDF that can be read ({type(error).__name__}). Fix: check the file, or export it as Turtle"
        ) from error
    parents: dict[Node, set[str]] = {}
    for child, _, parent in graph.triples((None, SKOS.broader, None)):
        parents.setdefault(child, set()).add(str(parent))
    for parent, _, child in graph.triples((None, SKOS.narrower, None)):
        parents.setdefault(child, set()).add(str(parent))
    several = 0
    for concept in sorted(graph.subjects(RDF.type, SKOS.Concept), key=str):
        if str(graph.value(concept, OWL.deprecated)).lower() in ("true", "1"):
            yield None
            continue
        broader = sorted(parents.get(concept, set()) - {str(concept)})
        several += len(broader) > 1
        yield concept_candidate(
            str(concept).removeprefix(_BASE),
            _literals(graph, concept, SKOS.prefLabel),
            [name for _, name in in_language(_literals(graph, concept, SKOS.altLabel), language)],
            _literals(graph, concept, SKOS.definition) or _literals(graph, concept, SKOS.scopeNote),
            broader[0].removeprefix(_BASE) if broader else "",
            str(graph.value(concept, SKOS.notation) or ""),
            language,
        )
    if several:
        some = number_of(several, "concept has", "concepts have")
        notes.append(f"{some} several broader concepts; the first in the order of their addresses is the parent")


def _parsed(data: bytes, syntax: str) -> "Graph":
    """Return what RDF says, of all its graphs as one: a file in JSON-LD may name a graph."""
    import rdflib

    dataset, graph = rdflib.Dataset(), rdflib.Graph()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # rdflib 7.6 warns of its own use of its own parts
        dataset.parse(data=data, format=syntax, publicID=_BASE)
        for subject, predicate, value, _ in dataset.quads():
            graph.add((subject, predicate, value))
    return graph


def _without_addresses(path: Path, data: bytes) -> bytes:
    """Return JSON-LD in UTF-8 after checking that it names no context elsewhere: rdflib would fetch it.

    Raises
    ------
    CorpusError
        If it does, or is not JSON.
    """
    try:
        text = data.decode("utf-8-sig")
        address = _context_elsewhere(json.loads(text))
    except (ValueError, RecursionError) as error:
        raise CorpusError(f"{path}: not valid JSON. Fix: download the vocabulary again") from error
    if address is not None:
        raise CorpusError(
            f"{path}: its @context is an address, {shown(address)}, which is not fetched. Fix: write the context "
            "itself into the file, or convert the vocabulary to Turtle"
        )
    return text.encode()


def _context_elsewhere(value: Any) -> str | None:
    """Return the first address in a ``@context`` or ``@import`` at any depth, or None."""
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting += part
        elif isinstance(part, dict):
            for key in ("@context", "@import"):
                named = part.get(key)
                for item in named if isinstance(named, list) else [named]:
                    if isinstance(item, str):
                        return item
            waiting += part.values()
    return None


def _literals(graph: "Graph", concept: "Node", predicate: "Node") -> list[tuple[str, str]]:
    """Return the texts of a concept with their languages, in a fixed order."""
    found = graph.objects(concept, predicate)
    return sorted((str(getattr(value, "language", None) or ""), str(value)) for value in found)
