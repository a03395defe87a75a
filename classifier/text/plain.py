"""Whether a text is plain: the texts of most newsrooms need no cleaning at all."""

from classifier.text.onepass import cleaner

#: The results of `look`.
NOT_PLAIN, MAY_HOLD_BOILERPLATE = 1, 2


def is_plain(data: bytes) -> bool:
    """Return whether cleaning this text, given as UTF-8, would change only white space at its ends.

    A plain text consists of ASCII, letters up to U+02FF and the usual signs, none of which Unicode normalises. It holds
    nothing that could be markup or an address on a line of its own, and no spaces or line breaks that cleaning would
    remove. In doubt, the answer is no.
    """
    return not look(data) & NOT_PLAIN


def look(data: bytes) -> int:
    """Return `NOT_PLAIN` if cleaning might change this text, given as UTF-8; else `MAY_HOLD_BOILERPLATE` or 0."""
    found = cleaner.scan_text(data)
    if not found & cleaner.IS_PLAIN:
        return NOT_PLAIN
    return MAY_HOLD_BOILERPLATE if found & cleaner.MAY_HOLD_BOILERPLATE else 0
