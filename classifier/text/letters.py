"""The letters of a text: the measure of what cleaning leaves out."""

_ASCII = bytes(range(128))
#: Every byte that is no letter of ASCII.
_OTHER_BYTES = bytes(byte for byte in range(256) if not (byte < 128 and chr(byte).isalpha()))


def count_letters(text: str) -> int:
    """Return the number of letters in a text: characters for which ``str.isalpha`` is true."""
    if text.isascii():
        return len(text.encode().translate(None, _OTHER_BYTES))
    data = text.encode("utf-8", "surrogatepass")
    others = data.translate(None, _ASCII).decode("utf-8", "surrogatepass")
    return len(data.translate(None, _OTHER_BYTES)) + sum(map(str.isalpha, others))


def has_fewer_letters(text: str, n: int) -> bool:
    """Return whether a text has fewer than ``n`` letters. It looks no further than needed."""
    return len(text) < n or (count_letters(text[: 2 * n]) < n and count_letters(text) < n)
