"""The beginning of the one pass: a service that starts does not wait for its code, which takes seconds to compile."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from classifier.terms.compiler import NotKeptError, only_for_speed

if TYPE_CHECKING:
    from classifier.text.onepass.cleaner import CleanedText

#: `classifier.text.onepass.cleaner.clean_in_one_pass`, or empty until its code is there.
COMPILED: "list[Callable[[bytes], CleanedText | None]]" = []


def take_up() -> bool:
    """Load the code, or compile it unless that is put off; return whether it is there."""
    if not COMPILED:
        try:
            with only_for_speed():
                from classifier.text.onepass.cleaner import clean_in_one_pass as compiled
        except NotKeptError:
            return False
        COMPILED.append(compiled)
    return True


take_up()
