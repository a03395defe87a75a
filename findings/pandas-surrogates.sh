#!/usr/bin/env bash
# pandas 3.1.1: whether a DataFrame can hold half of a surrogate pair depends on whether pyarrow is installed.
#
# Expected: the same data make the same frame, or the same error, whatever else is installed.
# Seen: JSON may hold "\ud800" (emoji that a program cut in two), and json.loads gives it to Python. pandas infers the type str for
# a column of texts. Without pyarrow the frame is made. With pyarrow, which the program need not import, the constructor raises
# UnicodeEncodeError, without the name of the column or the row, and one such text loses the whole frame. dtype=object makes it in
# both. Data scientists get pyarrow with nearly everything, servers often not.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/frame.py" <<'PYTHON'
import json
import sys

import pandas as pd

rows = [{"text": "whole"}, json.loads('{"text": "cut \\ud83d"}')]
assert len(pd.DataFrame(rows, dtype=object)) == 2
try:
    print("with" if "pyarrow" in sys.modules else "without", "pyarrow:", pd.DataFrame(rows).dtypes["text"])
    made = True
except UnicodeEncodeError as error:
    print("with pyarrow:", error)
    made = False
assert made == (sys.argv[1] == "made")
PYTHON
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pandas==3.1.1
"$folder/venv/bin/python" "$folder/frame.py" made
"$folder/venv/bin/pip" install --quiet pyarrow==26.0.1
"$folder/venv/bin/python" "$folder/frame.py" refused
