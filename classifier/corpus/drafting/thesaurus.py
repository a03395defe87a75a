"""Vocabularies of other systems as a first sections.toml: SKOS, the IPTC's Media Topics, and CSV tables."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from classifier.corpus.drafting.candidates import Candidate, Draft, drafted
from classifier.corpus.drafting.concepts import concept_candidate, in_language
from classifier.corpus.drafting.skos import SYNTAXES, is_json_ld, read_skos
from classifier.corpus.readers.files import open_bytes, readable
from classifier.corpus.readers.limits import LIMITS
from classifier.errors import CorpusError, number_of, shown
from classifier.sections import is_visible

_DEFAULT_LANGUAGE = "en"
_COLUMNS = {
    "id": ("id", "slug", "code", "identifier"),
    "name": ("name", "label", "preflabel", "title", "section", "category", "term"),
    "aliases": ("aliases", "alias", "altlabel", "synonyms", "also written"),
    "parent": ("parent", "broader", "parent_id"),
    "group": ("group",),
    "definition": ("definition", "description", "scope note", "scopenote", "covers"),
}


def read_vocabulary(path: Path, language: str | None = None) -> Draft:
    """Return the concepts of a vocabulary as sections, in the order of the file.

    Parameters
    ----------
    path : Path
        SKOS in Turtle, RDF/XML, N-Triples or JSON-LD, the IPTC's JSON, or a CSV table with a header line.
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
            raise CorpusError(f"{path} has more than {LIMITS.item:,} bytes. Fix: remove concepts that are not needed")
        kind = Path(path.stem).suffix.lower() if path.suffix.lower() == ".gz" else path.suffix.lower()
        wanted = language or _DEFAULT_LANGUAGE
        notes: list[str] = []
        if kind in (".json", ".jsonld"):
            found = list(_of_json(path, data, wanted, notes))
        elif kind in SYNTAXES:
            found = list(read_skos(path, data, SYNTAXES[kind], wanted, notes))
        elif kind in (".csv", ".tsv", ".txt"):
            found = list(_of_table(path, data, "\t" if kind == ".tsv" else None))
        else:
            raise CorpusError(
                f"{path}: unknown kind of vocabulary. Fix: give SKOS ({', '.join(SYNTAXES)}), the IPTC's Media Topics "
                "(.json), or a table with the columns id, name, aliases, parent (.csv, .tsv)"
            )
    retired = [candidate for candidate in found if candidate is None]
    candidates = [candidate for candidate in found if candidate is not None and is_visible(candidate.name)]
    if not candidates:
        raise CorpusError(f"{path} has no concept with a name. Fix: check that it is the vocabulary")
    if retired:
        notes.append(f"{number_of(len(retired), 'retired concept was', 'retired concepts were')} left out")
    return drafted(_once(candidates, notes), notes)


def _once(candidates: Sequence[Candidate], notes: list[str]) -> list[Candidate]:
    """Return each key once, the first."""
    found: dict[str, Candidate] = {}
    for candidate in candidates:
        found.setdefault(candidate.key, candidate)
    if len(found) < len(candidates):
        n = len(candidates) - len(found)
        some = number_of(n, "repetition of a concept was", "repetitions of concepts were")
        notes.append(f"{some} left out")
    return list(found.values())


def _of_json(path: Path, data: bytes, language: str, notes: list[str]) -> Iterator[Candidate | None]:
    """Yield the concepts of the IPTC's JSON, or of SKOS in JSON-LD."""
    try:
        found = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise CorpusError(f"{path}: not valid JSON. Fix: download the vocabulary again") from error
    if is_json_ld(found) and not (isinstance(found, dict) and "conceptSet" in found):
        return read_skos(path, data, SYNTAXES[".jsonld"], language, notes)
    return _of_iptc(path, found, language)


def _of_iptc(path: Path, found: Any, language: str) -> Iterator[Candidate | None]:
    concepts = found.get("conceptSet") if isinstance(found, dict) else found
    if not isinstance(concepts, list):
        raise CorpusError(
            f"{path}: no conceptSet, and no JSON-LD. Fix: give the JSON of a vocabulary of cv.iptc.org, or SKOS as "
            "JSON-LD or Turtle"
        )
    for concept in concepts:
        if not isinstance(concept, dict) or not isinstance(concept.get("uri"), str):
            continue
        if concept.get("retired"):
            yield None
            continue
        broader = concept.get("broader")
        yield concept_candidate(
            concept["uri"],
            _by_language(concept.get("prefLabel")),
            [name for _, name in in_language(_by_language(concept.get("altLabel")), language)],
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
            parent_name=cells["parent"],
            group=cells["group"],
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
