"""The letters of a text: the measure of what cleaning leaves out."""

from collections.abc import Sequence

_ASCII = bytes(range(128))
#: Every byte that is no letter of ASCII.
_OTHER_BYTES = bytes(byte for byte in range(256) if not (byte < 128 and chr(byte).isalpha()))
_OTHER_BYTES_OF_LINES = _OTHER_BYTES.replace(b"\n", b"")


def count_letters(text: str) -> int:
    """Return the number of letters in a text: characters for which ``str.isalpha`` is true."""
    if text.isascii():
        return len(text.encode().translate(None, _OTHER_BYTES))
    data = text.encode("utf-8", "surrogatepass")
    others = data.translate(None, _ASCII).decode("utf-8", "surrogatepass")
    return len(data.translate(None, _OTHER_BYTES)) + sum(map(str.isalpha, others))


def letters_of_lines(lines: Sequence[str]) -> list[int]:
    """Return the number of letters in each line; no line holds a line break. One look serves all ASCII lines."""
    text = "\n".join(lines)
    found = text.encode("utf-8", "surrogatepass").translate(None, _OTHER_BYTES_OF_LINES)
    counts = list(map(len, found.split(b"\n")))
    if not text.isascii():
        for number, line in enumerate(lines):
            if not line.isascii():
                counts[number] = count_letters(line)
    return counts


def has_fewer_letters(text: str, n: int) -> bool:
    """Return whether a text has fewer than ``n`` letters. It looks no further than needed."""
    return len(text) < n or (count_letters(text[: 2 * n]) < n and count_letters(text) < n)
