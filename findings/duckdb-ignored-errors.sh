#!/usr/bin/env bash
# DuckDB 2.0.1: with ignore_errors, read_csv leaves out a broken line, but read_json keeps it as a row of NULLs, which count(*) counts.
#
# Expected: one option of one program means one thing. A line that cannot be parsed, say because an export was cut, is not in the result,
# neither from CSV nor from JSON Lines.
# Seen: from CSV the line is gone. From JSON Lines it stays, with NULL in each column, also in read_ndjson and read_ndjson_objects.
# count(*) includes it, GROUP BY gets a group NULL, and a table with NOT NULL refuses the whole insert. A value of a wrong
# type differs too: from CSV its line is gone, from JSON Lines only the value becomes NULL. No row says which of its NULLs were errors.
# If every real row has a key, "WHERE id IS NOT NULL" leaves out both kinds.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/read.py" <<'PYTHON'
import sys
from pathlib import Path

import duckdb

csv, lines = Path(sys.argv[1], "articles.csv"), Path(sys.argv[1], "articles.jsonl")
csv.write_text("id,tag\n1,sport\n2,wor,extra\n3,rain\nfour,rain\n")
lines.write_text(
    '{"id": 1, "tag": "sport"}\n{"id": 2, "tag": "wor\n{"id": 3, "tag": "rain"}\n{"id": "four", "tag": "rain"}\n'
)
options = "columns = {id: 'INTEGER', tag: 'VARCHAR'}, ignore_errors = true"


def ask(query):
    return duckdb.sql(query).fetchall()


from_csv = ask(f"FROM read_csv('{csv}', header = true, {options})")
print("CSV:", from_csv)
assert from_csv == [(1, "sport"), (3, "rain")]
for reader in ("read_json", "read_ndjson"):
    source = f"{reader}('{lines}', {options})"
    rows = ask(f"FROM {source}")
    print(f"{reader}:", rows)
    assert rows == [(1, "sport"), (None, None), (3, "rain"), (None, "rain")], "the behaviour has changed"
    assert ask(f"SELECT count(*), count(id) FROM {source}") == [(4, 2)]
PYTHON
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet duckdb==2.0.1
"$folder/venv/bin/python" "$folder/read.py" "$folder"
