"""Reading TOML that somebody else wrote: whatever is wrong with a file becomes one sentence that names it."""

import re
import tomllib
from pathlib import Path
from typing import Any

from classifier.errors import CopydeskError, unreadable_as

MAX_BYTES = 5_000_000
#: tomllib takes memory and time that grow with the square of a key's parts.
MAX_KEY_PARTS = 50
_LONG_KEY = re.compile(
    rf"""(?<![\w-])(?:(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')[ \t]*+\.[ \t]*+){{{MAX_KEY_PARTS},}}""", re.ASCII
)


def read_toml(path: Path, error: type[CopydeskError], max_bytes: int = MAX_BYTES) -> dict[str, Any]:
    """Return the tables of a TOML file.

    Raises
    ------
    CopydeskError
        An ``error``, if the file cannot be read, is longer than ``max_bytes``, is not TOML in UTF-8, has a key of 50
        parts, or is nested too deeply. The message names the file.
    """
    with unreadable_as(error, f"{path} cannot be read"), path.open("rb") as file:
        source = file.read(max_bytes + 1)
    if len(source) > max_bytes:
        raise error(f"{path} is longer than the {max_bytes:,} bytes allowed. Fix: check that it is the right file")
    try:
        text = source.decode("utf-8-sig")
        if _LONG_KEY.search(text):
            raise error(f"{path} has a key of {MAX_KEY_PARTS} parts or more. Fix: check that it is the right file")
        return tomllib.loads(text)
    except RecursionError:
        raise error(f"{path} is nested too deeply. Fix: check that it is the right file") from None
    except ValueError as cause:  # TOMLDecodeError, UnicodeDecodeError, or a number with too many digits
        raise error(f"{path} is not TOML in UTF-8: {cause}") from cause
