"""Failed file access: the message names the reason and the next step."""

import copyreg
import errno
import os

import pytest

from classifier.errors import SettingsError, afresh, unreadable_as


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


def _with_its_traceback(error):
    return _rebuilt, (type(error), error.args, error.__traceback__, error.__cause__)


def _rebuilt(kind, args, traceback, cause):
    error = kind(*args).with_traceback(traceback)
    error.__cause__ = cause
    return error


def test_a_fresh_copy_holds_no_frames_even_if_a_package_lets_copies_keep_them(monkeypatch):
    monkeypatch.setitem(copyreg.dispatch_table, SettingsError, _with_its_traceback)
    with pytest.raises(SettingsError) as raised, unreadable_as(SettingsError, "x cannot be read"):
        raise OSError(errno.EIO, os.strerror(errno.EIO))
    fresh = afresh(raised.value)
    assert str(fresh) == str(raised.value)
    assert fresh.__traceback__ is fresh.__cause__ is fresh.__context__ is None
    assert raised.value.__traceback__ is not None
    assert raised.value.__cause__ is not None
