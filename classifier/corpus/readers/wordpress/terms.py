"""The terms of an export as candidates for sections: those that it declares, and those that its posts have."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from classifier.corpus.readers.rows import Reading
from classifier.corpus.readers.wordpress.default_category import default_slugs, is_default
from classifier.corpus.readers.wordpress.elements import CATEGORY, Broken, Correction, DeclaredTerm, Item
from classifier.corpus.readers.wordpress.languages import chosen, languages_in, part_in
from classifier.corpus.readers.wordpress.parsing import read_wxr
from classifier.corpus.readers.wordpress.reader import POST, PUBLISHED, display_name, is_technical
from classifier.errors import CorpusError


@dataclass
class ExportTerms:
    """The terms of the taxonomies that are read.

    Parameters
    ----------
    terms : list of DeclaredTerm
        Each once, with its name as people see it. Of posts' terms that the export does not declare, parent and id are
        empty.
    counts : Counter
        The number of published posts of each, by slug.
    defaults : set of str
        The slugs of WordPress's default category.
    unread : Counter
        The number of published posts with terms of each other taxonomy.
    notes : list of str
        What was corrected or could not be read.
    """

    terms: list[DeclaredTerm] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    defaults: set[str] = field(default_factory=set)
    unread: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)


def terms_of_export(path: Path, reading: Reading) -> ExportTerms:
    """Return the terms of an export.

    Raises
    ------
    CorpusError
        If the file is not a WordPress export, or cannot be read to its end.
    """
    found = ExportTerms()
    taxonomies, kinds = reading.taxonomies or (CATEGORY,), reading.post_types or (POST,)
    declared: dict[str, DeclaredTerm] = {}
    met: dict[str, DeclaredTerm] = {}  # an export of posts only declares no categories
    for element in read_wxr(path):
        match element:
            case Broken(is_last=True):
                raise CorpusError(f"{path}:{element.line}: {element.reason}")
            case Broken():
                found.notes.append(f"{path}:{element.line}: {element.reason}")
            case Correction():
                found.notes.append(f"{path}:{element.line}: {element.what}")
            case DeclaredTerm() if element.taxonomy in taxonomies and element.slug:
                declared[element.slug] = _with_name(element, reading)
                found.defaults |= default_slugs([element])
            case Item() if element.kind in kinds and element.status == PUBLISHED:
                own = [term for term in element.terms if term.taxonomy in taxonomies and term.slug]
                found.counts.update({term.slug for term in own})
                met.update(
                    (term.slug, _with_name(DeclaredTerm(term.slug, term.name, "", "", term.taxonomy), reading))
                    for term in own
                )
                others = {term.taxonomy for term in element.terms}.difference(taxonomies)
                found.unread.update(taxonomy for taxonomy in others if not is_technical(taxonomy))
    found.terms = list((met | declared).values())
    ids_are_known = bool(found.defaults)
    categories = (term for term in found.terms if term.taxonomy == CATEGORY)
    found.defaults |= {term.slug for term in categories if is_default(term.slug, term.name, ids_are_known)}
    return found


def _with_name(term: DeclaredTerm, reading: Reading) -> DeclaredTerm:
    name = display_name(term.name)
    if languages := languages_in([name]):
        name = part_in(name, chosen(languages, reading.asked_languages)).strip()
    return DeclaredTerm(term.slug, name, term.parent, term.term_id, term.taxonomy)
