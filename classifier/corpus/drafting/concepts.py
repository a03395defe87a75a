"""Concepts of vocabularies such as SKOS and the IPTC's: an address, names in several languages, a broader concept."""

from collections.abc import Iterable, Sequence

from classifier.corpus.drafting.candidates import Candidate
from classifier.language_codes import matches

_MAX_DEFINITION = 1_000
_MEDIA_TOPICS = "medtop:"


def concept_candidate(
    uri: str,
    names: Sequence[tuple[str, str]],
    aliases: Iterable[str],
    definitions: Sequence[tuple[str, str]],
    parent: str,
    code: str,
    language: str,
) -> Candidate:
    """Return a concept as a candidate for a section.

    Parameters
    ----------
    uri : str
    names, definitions : sequence of (str, str)
        Texts with their languages. The first in ``language`` is taken, or else the first of all.
    aliases : iterable of str
    parent : str
        The address of the broader concept, if any.
    code : str
        A short code, such as ``medtop:01000000``.
    language : str
    """
    name = next((text for _, text in (*in_language(names, language), *names)), "")
    definition = next((text for _, text in (*in_language(definitions, language), *definitions)), "")
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


def in_language(texts: Sequence[tuple[str, str]], language: str) -> list[tuple[str, str]]:
    """Return the texts in a language, with their languages."""
    return [(code, text) for code, text in texts if _is_in(code, language)]


def _is_in(code: str, language: str) -> bool:
    try:
        return bool(code) and matches(code, language)
    except ValueError:
        return False
