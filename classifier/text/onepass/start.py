"""The beginning of the one pass: a service that starts does not wait for its code, which takes seconds to compile."""

from collections.abc import Callable

from classifier.terms.compiler import NotKeptError, only_for_speed
from classifier.text.onepass.cleaned import CleanedText


def _not_yet(_data: bytes) -> CleanedText | None:
    """Decline every text: the code is not there yet."""
    return None


#: Cleans a text given as UTF-8 as `classifier.text.onepass.cleaner` does, and declines all until its code is there.
#: Call it as ``start.clean_in_one_pass``: it is replaced once.
clean_in_one_pass: Callable[[bytes], CleanedText | None] = _not_yet


def take_up() -> bool:
    """Load the code, or compile it unless that is put off; return whether it is there."""
    global clean_in_one_pass
    if clean_in_one_pass is _not_yet:
        try:
            with only_for_speed():
                from classifier.text.onepass.cleaner import clean_in_one_pass as compiled
        except NotKeptError:
            return False
        clean_in_one_pass = compiled
    return True


take_up()
