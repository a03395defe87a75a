"""JSON that is read value by value, so that a large file is never in memory as a whole."""

import json
import re
from typing import IO, Any

_CHUNK = 1 << 16
_BETWEEN = re.compile(r"[\s,:]*")


class JsonBuffer:
    """The text of a file from which JSON values are taken one by one.

    Parameters
    ----------
    file : binary file
    most : int
        Characters of the largest value.
    """

    def __init__(self, file: IO[bytes], most: int) -> None:
        self._file = file
        self._most = most
        self._text = ""
        self._at = 0
        self._rest = b""
        self._decoder = json.JSONDecoder()

    def more(self, n_bytes: int = _CHUNK) -> str:
        """Read more of the file, and return the text that is not yet taken."""
        data = self._rest + self._file.read(n_bytes)
        if len(data) > len(self._rest):
            cut = next((i for i in range(1, min(4, len(data)) + 1) if data[-i] >= 0xC0), 0)
            text, self._rest = (data[:-cut], data[-cut:]) if cut else (data, b"")
        else:
            text, self._rest = data, b""
        self._text = self._text[self._at :] + text.decode("utf-8", errors="surrogateescape")
        self._at = 0
        return self._text

    def skip(self, n: int = 1) -> None:
        """Pass over characters."""
        self._at += n

    def next_sign(self) -> str:
        """Pass over commas, colons and white space, and return the sign that follows; empty at the end of the file."""
        while True:
            found = _BETWEEN.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            before = len(self._text) - self._at
            if len(self.more()) == before:
                return ""

    def at_end(self) -> bool:
        """Return whether the list or object ends here; if the file ends early, the next value raises the error."""
        return self.next_sign() in ("]", "}")

    def next_value(self) -> tuple[Any, str]:
        """Return the next value and its text.

        Raises
        ------
        ValueError
            If it is not JSON, or longer than the limit.
        """
        chunk = _CHUNK
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except ValueError:
                size = len(self._text) - self._at
                if size > self._most or len(self.more(chunk)) == size:
                    raise
                chunk *= 2
                continue
            raw, self._at = self._text[self._at : end], end
            return value, raw
