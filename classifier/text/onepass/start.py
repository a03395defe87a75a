"""The beginning of the one pass: a service that starts does not wait for its code, which takes seconds to compile."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from classifier.terms.compiler import NotKeptError, only_for_speed

if TYPE_CHECKING:
    from classifier.text.onepass.cleaner import CleanedText

_compiled: "list[Callable[[bytes], CleanedText | None]]" = []


def clean_in_one_pass(data: bytes) -> "CleanedText | None":
    """Clean a text given as UTF-8 as `classifier.text.onepass.cleaner` does; None if its code is not there yet."""
    return _compiled[0](data) if _compiled else None


def take_up() -> bool:
    """Load the code, or compile it unless that is put off; return whether it is there."""
    if not _compiled:
        try:
            with only_for_speed():
                from classifier.text.onepass.cleaner import clean_in_one_pass as compiled
        except NotKeptError:
            return False
        _compiled.append(compiled)
    return True


take_up()
