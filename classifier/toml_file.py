"""Reading a TOML file, with one sentence for each way in which that can fail."""

import tomllib
from pathlib import Path
from typing import Any

from classifier.errors import CopydeskError, unreadable_as


def read_toml(path: Path, error: type[CopydeskError]) -> tuple[dict[str, Any], str]:
    """Return the values of a TOML file, and its text.

    Parameters
    ----------
    path : Path
        The file, in UTF-8, with or without a byte order mark.
    error : type of CopydeskError
        What to raise.

    Raises
    ------
    CopydeskError
        The given ``error``, if the file cannot be read, is not UTF-8 or is not TOML. No value of the file is shown.
    """
    with unreadable_as(error, f"{path} cannot be read"):
        source = path.read_bytes()
    try:
        text = source.decode("utf-8-sig")
        return tomllib.loads(text), text
    except UnicodeDecodeError as cause:
        raise error(
            f"{path} is not TOML in UTF-8: byte {cause.start:,} is not UTF-8. Fix: save the file as UTF-8"
        ) from None
    except RecursionError:
        raise error(f"{path} is not TOML in UTF-8: its values are nested too deeply") from None
    except ValueError as cause:  # TOMLDecodeError, and numbers with more digits than Python converts
        raise error(f"{path} is not TOML in UTF-8: {cause}") from None
