"""Failed file access: the message names the reason and the next step."""

import errno
import os

import pytest

from classifier.errors import SettingsError, unreadable_as


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOENT, "No such file or directory. Fix: write one"),
        (errno.EACCES, "Permission denied. Fix: give the user that runs Copydesk access to it"),
        (errno.ENOSPC, "No space left on device. Fix: free space on the disk"),
        (errno.EIO, "Input/output error. Fix: check the path and its disk, then try again"),
    ],
)
def test_each_failure_has_its_own_next_step(number, words):
    with (
        pytest.raises(SettingsError, match=f"^x cannot be read: {words}$"),
        unreadable_as(SettingsError, "x cannot be read", missing="write one"),
    ):
        raise OSError(number, os.strerror(number))
