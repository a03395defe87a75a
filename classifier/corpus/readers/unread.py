"""Other places that may hold the labels of a file, and the options that read them there."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from classifier.corpus.readers.rows import UnreadLabels
from classifier.errors import number_of

_MAX_PLACES = 5
_MAX_EXAMPLES = 3


def labels_elsewhere(unread: Iterable[UnreadLabels]) -> tuple[str, str]:
    """Return in words where labels may be, and the options that read them; both are empty if there is no such place.

    Places that hold sections come first, and then no option is given for the others.
    """
    places = _joined(unread)
    known = [place for place in places if place.has_sections]
    places = [*known, *(place for place in places if not place.has_sections)][:_MAX_PLACES]
    looks = "; ".join(
        f"{place.name}{_count(place)} has values such as {', '.join(place.examples[:_MAX_EXAMPLES])}"
        for place in places
    )
    return looks, " or ".join(place.option for place in (known or places)[:_MAX_PLACES])


def labels_instead(unread: Sequence[UnreadLabels]) -> list[str]:
    """Return a line for each column read that holds no section although another one does."""
    lines = []
    for read in dict.fromkeys(place.instead_of for place in unread if place.instead_of):
        looks, options = labels_elsewhere(place for place in unread if place.instead_of == read)
        lines.append(
            f"labels are read from {read}, but none of those looked at is a section. Labels may be elsewhere: {looks}. "
            f"Fix: read them with {options}"
        )
    return lines


def _joined(unread: Iterable[UnreadLabels]) -> list[UnreadLabels]:
    """Return each place once, as several files of one kind have the same."""
    found: dict[str, UnreadLabels] = {}
    for place in unread:
        if other := found.get(place.name):
            place = replace(
                place,
                n_articles=place.n_articles + other.n_articles,
                examples=tuple(dict.fromkeys((*other.examples, *place.examples))),
                has_sections=place.has_sections or other.has_sections,
            )
        found[place.name] = place
    return list(found.values())


def _count(place: UnreadLabels) -> str:
    return f" ({number_of(place.n_articles, 'article')})" if place.is_counted else ""
