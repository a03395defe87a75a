"""Reading a TOML file, with one sentence for each way in which that can fail."""

import re
import tomllib
from pathlib import Path
from typing import Any

from classifier.errors import CopydeskError, unreadable_as

MAX_BYTES = 5_000_000
#: tomllib takes memory and time that grow with the square of the parts of a dotted key.
MAX_KEY_PARTS = 50
_LONG_KEY = re.compile(
    rf"""(?<![\w-])(?:(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')[ \t]*+\.[ \t]*+){{{MAX_KEY_PARTS},}}""", re.ASCII
)


def read_toml(
    path: Path, error: type[CopydeskError], max_bytes: int = MAX_BYTES, missing: str = "check the path"
) -> tuple[dict[str, Any], str]:
    """Return the values of a TOML file, and its text.

    Parameters
    ----------
    path : Path
        The file, in UTF-8, with or without a byte order mark.
    error : type of CopydeskError
        What to raise.
    max_bytes : int
        The longest file that is read.
    missing : str
        What to do if the file does not exist, in the imperative.

    Raises
    ------
    CopydeskError
        The given ``error``, if the file cannot be read, is longer than ``max_bytes``, is not UTF-8 or is not TOML, or
        if its values are nested too deeply or a key has 50 parts or more. No value of the file is shown.
    """
    with unreadable_as(error, f"{path} cannot be read", missing), path.open("rb") as file:
        source = file.read(max_bytes + 1)
    if len(source) > max_bytes:
        raise error(f"{path} is longer than the {max_bytes:,} bytes allowed. Fix: check that it is the right file")
    try:
        text = source.decode("utf-8-sig")
        if _LONG_KEY.search(text):
            raise error(f"{path} has a key of {MAX_KEY_PARTS} parts or more. Fix: check that it is the right file")
        return tomllib.loads(text), text
    except UnicodeDecodeError as cause:
        raise error(
            f"{path} is not TOML in UTF-8: byte {cause.start:,} is not UTF-8. Fix: save the file as UTF-8"
        ) from None
    except RecursionError:
        raise error(
            f"{path} is not TOML in UTF-8: its values are nested too deeply. Fix: check that it is the right file"
        ) from None
    except ValueError as cause:  # TOMLDecodeError, and numbers with more digits than Python converts
        raise error(f"{path} is not TOML in UTF-8: {cause}. Fix: correct the file there") from None
