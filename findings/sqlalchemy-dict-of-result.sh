#!/usr/bin/env bash
# SQLAlchemy 2.1.9: dict() of a result of two columns raises a TypeError, although the result yields pairs.
#
# Expected: dict(connection.execute(select(key, value))) is the same as {k: v for k, v in connection.execute(...)}. The result is an
# iterable of two-element rows, which is what dict() takes, and ruff's rule C416 offers exactly this rewrite of the comprehension.
# Seen: TypeError, "'CursorResult' object is not subscriptable". A result has a method keys(), which names its columns, so dict()
# takes it for a mapping and asks for result["column"]. dict(result.all()), whose value is a plain list, works; so does the comprehension.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/counts.py" <<'PYTHON'
from sqlalchemy import create_engine, text

query = text("SELECT 'sport' AS section, 3 AS n UNION SELECT 'world', 5 ORDER BY 1")
wanted = {"sport": 3, "world": 5}
with create_engine("sqlite://").connect() as connection:
    assert {section: n for section, n in connection.execute(query)} == wanted
    assert dict(connection.execute(query).all()) == wanted
    try:
        dict(connection.execute(query))
    except TypeError as error:
        print("dict() of a result:", error)
        assert "not subscriptable" in str(error)
    else:
        raise AssertionError("dict() takes a result now")
PYTHON
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet sqlalchemy==2.1.9
"$folder/venv/bin/python" "$folder/counts.py"
