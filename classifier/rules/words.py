"""The words that speak for a section, found without their places in the text."""

from functools import lru_cache

from classifier.terms.feature_text import UNIT_JOINT, subword_kind
from classifier.terms.scripts import HANGUL, MYANMAR, UNSPACED, within

_FROM = 0x0E00  # the first letter of a script without spaces
_DIGITS = str.maketrans("123456789", "000000000")
_DIGITS_OF_BYTES = bytes.maketrans(b"123456789", b"000000000")


@lru_cache(1 << 14)  # the strongest words are few, and come again and again
def is_piece(feature: str) -> bool:
    """Return whether a feature is a part of a word, or in a script whose words are many overlapping features."""
    if subword_kind(feature) is not None or UNIT_JOINT in feature:
        return True
    return not feature.isascii() and any(
        ord(c) >= _FROM and any(within(ord(c), r) for r in (UNSPACED, MYANMAR, HANGUL)) for c in feature
    )


class WrittenForms:
    """Finds words of a model as a text writes them: the model knows them in lower case, with every digit as 0.

    Parameters
    ----------
    data : bytes
        The text as UTF-8.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._lower = data.lower()
        self._folded: bytes | None = None
        self._others: _Letters | None = None

    def of(self, feature: str) -> str:
        """Return a word, or a pair of words, as it is first written. If it is not found, return it as it is."""
        if not feature.isascii():
            self._others = self._others or _Letters(self._data.decode("utf-8", "surrogatepass"))
            return self._others.of(feature)
        where = self._lower
        if "0" in feature:
            where = self._folded = self._folded or where.translate(_DIGITS_OF_BYTES)
        start = where.find(feature.encode())
        return feature if start < 0 else self._data[start : start + len(feature)].decode()


class _Letters:
    """As `WrittenForms`, for words with letters beyond ASCII, whose lower case takes ten times as long."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._lower = text.lower()
        self._folded: str | None = None

    def of(self, feature: str) -> str:
        if len(self._lower) != len(self._text):  # of a few letters the lower case is longer
            return feature
        where = self._lower
        if "0" in feature:
            where = self._folded = self._folded or where.translate(_DIGITS)
        start = where.find(feature)
        return feature if start < 0 else self._text[start : start + len(feature)]
