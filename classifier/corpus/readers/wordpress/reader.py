"""WordPress exports: every published post with its terms as labels, unless only Copydesk chose them."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from classifier.corpus.readers.limits import LIMITS, Limits
from classifier.corpus.readers.rows import Found, LeftOut, Note, Place, Reading, Reject, Row, UnreadLabels
from classifier.corpus.readers.wordpress.body import has_text, keys_with_text, named, text_in_meta
from classifier.corpus.readers.wordpress.default_category import default_slugs, is_default
from classifier.corpus.readers.wordpress.elements import CATEGORY, Broken, Correction, DeclaredTerm, Item, ItemTerm
from classifier.corpus.readers.wordpress.languages import (
    chosen,
    language_of_post,
    languages_in,
    part_in,
    story_of_post,
    wanted,
)
from classifier.corpus.readers.wordpress.machine import machine_labels, only_machine_chose
from classifier.corpus.readers.wordpress.parsing import read_wxr
from classifier.corpus.readers.wordpress.patterns import find_patterns
from classifier.errors import SectionsError, number_of, shown
from classifier.sections import Section, Sections
from classifier.text.markup import unescape

SYSTEM = "wordpress"
POST = "post"
PUBLISHED = "publish"
_MACHINE_ONLY = "posts whose labels were all applied by Copydesk itself (--machine-labels keeps them)"
_NO_TEXT = "posts without text, such as pictures and galleries"
_KINDS = {
    "page": "pages",
    "attachment": "attachments",
    "nav_menu_item": "menu items",
    "revision": "revisions",
    "wp_block": "synced patterns",
}
#: Taxonomies of WordPress and its plugins that are not sections.
_TECHNICAL = ("post_format", "nav_menu", "wp_", "language", "post_translations", "term_", "translation_priority")
_MAX_EXAMPLES = 5


def wxr_reader(sections: Sections, reading: Reading, limits: Limits = LIMITS) -> Callable[[Path], Iterator[Found]]:
    """Return a reader of WordPress exports that finds sections by slug, id, name or alias, in this order."""

    def read_export(path: Path) -> Iterator[Found]:
        yield from _Posts(path, sections, reading, limits).rows()

    return read_export


def display_name(name: str) -> str:
    """Return a term's name as people see it: WordPress stores ``&`` as an entity."""
    return " ".join(unescape(name).split())


def is_technical(taxonomy: str) -> bool:
    """Return whether a taxonomy is one of WordPress's or a plugin's own, whose terms are not sections."""
    return taxonomy.startswith(_TECHNICAL)


class _Text(NamedTuple):
    """A text of a post, and its language if one is named."""

    title: str
    body: str
    language: str | None


class _Posts:
    """The posts of one export as rows, and what was met on the way."""

    def __init__(self, path: Path, sections: Sections, reading: Reading, limits: Limits) -> None:
        self._path = path
        self._sections = sections
        self._reading = reading
        self._limits = limits
        self._taxonomies = reading.taxonomies or (CATEGORY,)
        self._kinds = reading.post_types or (POST,)
        self._declared: list[DeclaredTerm] = []
        self._default: set[str] = set()
        self._defaults_dropped: Counter[str] = Counter()
        self._unread: dict[str, Counter[ItemTerm]] = {}
        self._with_unread: Counter[str] = Counter()
        self._has_labels = self._has_sections = False
        self._patterns_missing = 0
        self._multilingual: Counter[str] = Counter()

    def rows(self) -> Iterator[Found]:
        self._patterns = find_patterns(self._path, self._limits)
        for element in read_wxr(self._path, self._limits):
            match element:
                case DeclaredTerm():
                    self._declared.append(element)
                    self._default |= default_slugs([element])
                case Broken():
                    yield Reject(Place(self._path, element.line, _item(element.post)), (element.reason,), element.raw)
                case Correction():
                    yield Note(Place(self._path, element.line), element.what)
                case Item():
                    yield from self._found(element)
        yield from self._notes()

    def _found(self, item: Item) -> Iterator[Found]:
        place = Place(self._path, item.line, _item(item.number))
        if item.kind not in self._kinds:
            yield LeftOut(place, _of_other_kind(item.kind))
        elif item.status != PUBLISHED:
            yield LeftOut(place, f"posts with the status {shown(item.status)}")
        else:
            yield from self._post(item, place)

    def _post(self, item: Item, place: Place) -> Iterator[Found]:
        try:
            labels = {term.slug or display_name(term.name): self._section(term) for term in self._labels(item)}
            machine = set() if self._reading.machine_labels else machine_labels(item, self._find)
        except (SectionsError, ValueError) as error:
            yield Reject(place, (str(error),), item.raw)
            return
        self._has_labels = self._has_labels or bool(labels)
        self._has_sections = self._has_sections or any(labels.values())
        # slugs in other scripts are percent-encoded, and unreadable in a message
        names = {slug: section.id if section else unquote(slug) for slug, section in labels.items()}
        if only_machine_chose(labels, names, machine, self._sections, self._reading):
            yield LeftOut(place, _MACHINE_ONLY)
            return
        texts = [text for text in self._texts(item) if has_text(text.body)]
        if not texts:
            yield LeftOut(place, _without_text(item, self._reading))
            return
        self._count_unread(item)
        number = _id(item)
        for n, text in enumerate(texts):
            fields = {
                "id": f"{number}/{text.language}" if number and n else number,
                "headline": text.title,
                "body": text.body,
                "url": item.fields.get("link", ""),
                "published": _published(item),
                "language": text.language,
                "story": story_of_post(item) or (number if len(texts) > 1 else None),
                "sections": list(dict.fromkeys(names.values())),
            }
            found = {name: value for name, value in fields.items() if value is not None}
            yield Row(place, found, item.raw, ", ".join(self._taxonomies) if names else "")

    def _labels(self, item: Item) -> Iterator[ItemTerm]:
        """Yield the terms of a post that are labels: all of the taxonomies that are read, but no default category."""
        for term in item.terms:
            if term.taxonomy in self._taxonomies and (term.slug or term.name):
                if self._is_default(term) and self._section(term) is None:
                    self._defaults_dropped[term.slug] += 1
                else:
                    yield term

    def _is_default(self, term: ItemTerm) -> bool:
        if term.taxonomy != CATEGORY:
            return False
        return term.slug in self._default or is_default(term.slug, display_name(term.name), bool(self._default))

    def _section(self, term: ItemTerm) -> Section | None:
        slug = term.slug or display_name(term.name)
        return self._find(slug) or self._sections.get(display_name(term.name))

    def _find(self, slug: str) -> Section | None:
        return self._sections.get_external(SYSTEM, slug) or self._sections.get(unquote(slug))

    def _texts(self, item: Item) -> Iterator["_Text"]:
        """Yield the text of a post, and of a post in several languages the one that is read, or each."""
        body, missing = self._patterns.put_into(item.content)
        self._patterns_missing += missing
        if self._reading.body_meta:
            body = "\n\n".join(filter(None, (body.strip(), text_in_meta(item, self._reading.body_meta))))
        title = item.fields.get("title", "")
        several = languages_in((title, body))
        if not several:
            yield _Text(title, body, language_of_post(item))
            return
        asked = self._reading.asked_languages
        each = wanted(several, asked) if self._reading.each_language else []
        for language in each or [chosen(several, asked)]:
            self._multilingual[language] += 1
            yield _Text(part_in(title, language).strip(), part_in(body, language), language)

    def _count_unread(self, item: Item) -> None:
        for taxonomy in dict.fromkeys(term.taxonomy for term in item.terms if term.taxonomy not in self._taxonomies):
            terms = [term for term in item.terms_of(taxonomy) if not self._is_default(term)]
            if terms and not is_technical(taxonomy):
                self._with_unread[taxonomy] += 1
                self._unread.setdefault(taxonomy, Counter()).update(terms)

    def _notes(self) -> Iterator[Note | UnreadLabels]:
        place = Place(self._path, 1)
        for slug, count in self._defaults_dropped.most_common():
            yield Note(
                place,
                f"{shown(unquote(slug))} is WordPress's default category, so it is not a label ({count:,} "
                f"{'post has' if count == 1 else 'posts have'} it); to learn it, add it to the vocabulary as a section",
            )
        if self._patterns_missing:
            verb = "is" if self._patterns_missing == 1 else "are"
            yield Note(
                place, f"{number_of(self._patterns_missing, 'synced pattern')} in posts {verb} not in the export"
            )
        for language, count in self._multilingual.most_common():
            is_asked = self._reading.asked_languages or self._reading.each_language
            asked = "" if is_asked else " (--language CODE reads another)"
            posts = f"{number_of(count, 'post')} {'holds' if count == 1 else 'hold'}"
            yield Note(place, f"{posts} several languages (qTranslate); {shown(language)} was read{asked}")
        for taxonomy, count in self._with_unread.most_common():
            yield self._unread_taxonomy(taxonomy, count)

    def _unread_taxonomy(self, taxonomy: str, count: int) -> UnreadLabels:
        names: Counter[str] = Counter()
        for term, n in self._unread[taxonomy].items():
            names[display_name(term.name)] += n
        has_sections = any(map(self._is_section, self._unread[taxonomy]))
        instead = has_sections and self._has_labels and not self._has_sections
        return UnreadLabels(
            self._path,
            f"taxonomy {shown(taxonomy)}",
            f"--taxonomy {taxonomy}",
            count,
            tuple(name for name, _ in names.most_common(_MAX_EXAMPLES)),
            has_sections=has_sections,
            instead_of=", ".join(map(shown, self._taxonomies)) if instead else "",
            is_counted=True,
        )

    def _is_section(self, term: ItemTerm) -> bool:
        try:
            return self._section(term) is not None
        except (SectionsError, ValueError):
            return False


def _item(number: str) -> str:
    return f"post {number}" if number else ""


def _of_other_kind(kind: str) -> str:
    if kind in _KINDS:
        return f"{_KINDS[kind]} (post type {kind})"
    return f"items of the post type {shown(kind)} (--post-type reads them)"


def _without_text(item: Item, reading: Reading) -> str:
    keys = [] if reading.body_meta else keys_with_text(item)
    if not keys:
        return _NO_TEXT
    return f"posts whose text is not in their content but in post meta: {named(keys)} (--body-meta reads it)"


def _id(item: Item) -> str | None:
    """Return an id that is unique among several sites. A guid has no fixed form in WordPress."""
    return f"{item.site}/{item.number}" if item.number and item.site else item.number or None


def _published(item: Item) -> str | None:
    dates = (item.fields.get(name, "") for name in ("wp:post_date_gmt", "wp:post_date"))
    return next((date for date in dates if date and not date.startswith("0000")), None)
