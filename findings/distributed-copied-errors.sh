#!/usr/bin/env bash
# distributed 2026.8.0 (with tblib 3.2.2): after "import distributed", copy.copy() of any exception keeps its traceback.
#
# Expected: a copy of an exception has no traceback, because that is no part of what copying takes over. A program that keeps an
# error and raises a copy each time relies on this: the frames of a traceback hold the arguments of the calls, and their callers.
# Seen: the import registers reducers for exceptions (tblib.pickling_support), for all code in the process. From then on the copy
# shares the traceback of the original, with its frames.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet distributed==2026.8.0 tblib==3.2.2
"$folder/venv/bin/python" - <<'PYTHON'
import copy


def failed():
    try:
        raise KeyError("name")
    except KeyError as error:
        return error


kept = failed()
assert copy.copy(kept).__traceback__ is None
import distributed  # noqa: E402

assert copy.copy(kept).__traceback__ is kept.__traceback__ is not None, "the behaviour has changed"
assert copy.copy(failed()).__traceback__ is not None
print(f"distributed {distributed.__version__}: a copied exception has the traceback of the original")
PYTHON
