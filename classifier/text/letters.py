"""The letters of a text: the measure of what cleaning leaves out."""


def count_letters(text: str) -> int:
    """Return the number of letters in a text: characters for which ``str.isalpha`` is true."""
    return sum(map(str.isalpha, text))


def has_fewer_letters(text: str, n: int) -> bool:
    """Return whether a text has fewer than ``n`` letters. It looks no further than needed."""
    return len(text) < n or (count_letters(text[: 2 * n]) < n and count_letters(text) < n)
