"""The text of a post: its content, and the post meta in which custom fields and page builders keep text."""

import json
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Any

from classifier.corpus.readers.wordpress.elements import MACHINE_KEY, Item
from classifier.errors import shown
from classifier.text.clean import clean

_NO_TEXT = re.compile(
    r"<!--.*?-->|<(style|script)\b.*?</\1\s*>|<[^>]*>|\[[^\]]*\]|&[#\w]+;|\s+", re.DOTALL | re.IGNORECASE
)
#: A passage after a tag that neither a picture nor a style sheet has; a look at it spares most posts the cleaning.
_SURELY_TEXT = re.compile(r">[^<>\[\]{}]{100}")
_FEWEST_WORDS = 5
#: The characters of a meta value in which they are counted.
_LOOKED_AT = 10_000
_MAX_NAMED = 3
# the text that page builders keep in JSON stands beside settings, which are single words, numbers or colours
_FEWEST_WORDS_IN_JSON = 2
#: Meta of search engine plugins and of WordPress itself, which is not the story's.
_NOT_STORY = ("_yoast_", "_aioseo_", "rank_math_", "_seopress_", "_genesis_", "_oembed_", "_wp_", "_edit_", MACHINE_KEY)


def has_text(body: str) -> bool:
    """Return whether a body holds text, or only pictures, embeds and shortcodes."""
    return bool(_SURELY_TEXT.search(body) or clean(body).strip())


def text_in_meta(item: Item, keys: Sequence[str]) -> str:
    """Return the texts of the meta keys that are read; a key may hold ``*``, as in ``content_*_text``."""
    found = (value for wanted in keys for key, value in item.meta if fnmatchcase(key, wanted))
    return "\n\n".join(text for value in found if (text := "\n\n".join(_texts(value)).strip()))


def keys_with_text(item: Item) -> list[str]:
    """Return the meta keys with the longest text, longest first, as far as they may hold a story."""
    sizes: Counter[str] = Counter()
    for key, value in item.meta:
        if not key.startswith(_NOT_STORY):
            words = sum(len(_NO_TEXT.sub(" ", text[:_LOOKED_AT]).split()) for text in _texts(value))
            if words >= _FEWEST_WORDS:
                sizes[key] += words
    return [key for key, _ in sizes.most_common(_MAX_NAMED)]


def named(keys: Collection[str]) -> str:
    """Return keys for a message."""
    return ", ".join(map(shown, keys))


def _texts(value: str) -> Iterator[str]:
    """Yield the text of a meta value: the value itself, or the texts in it if it is JSON."""
    stripped = value.strip()
    if not stripped.startswith(("[", "{")):
        if not re.match(r"[aOs]:\d+:", stripped):  # PHP's own notation, for arrays of settings
            yield value
        return
    try:
        parsed = json.loads(stripped)
    except (ValueError, RecursionError):
        yield value
    else:
        yield from _strings(parsed)


def _strings(value: Any) -> Iterator[str]:
    """Yield the texts in JSON that are not settings, in their order."""
    waiting = [value]
    while waiting:
        entry = waiting.pop()
        if isinstance(entry, dict):
            waiting.extend(reversed(entry.values()))
        elif isinstance(entry, list):
            waiting.extend(reversed(entry))
        elif isinstance(entry, str) and len(entry.split()) >= _FEWEST_WORDS_IN_JSON:
            yield entry
