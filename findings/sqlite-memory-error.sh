#!/usr/bin/env bash
# Python's sqlite3 and SQLAlchemy 2.1.9: a database for which memory runs out raises MemoryError, not an error of a database.
#
# Expected: whatever SQLite reports is a sqlite3.Error, and SQLAlchemy turns that into a SQLAlchemyError, so a program that
# handles SQLAlchemyError goes on when its database fails.
# Seen: SQLITE_NOMEM becomes a bare MemoryError, which is neither. It passes every handler of database errors, though SQLite alone
# met a limit (PRAGMA hard_heap_limit) and the process has all the memory that it wants.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet sqlalchemy==2.1.9
"$folder/venv/bin/python" - <<'PYTHON'
from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError

with create_engine("sqlite://").connect() as connection:
    connection.execute(text("CREATE TABLE articles (body TEXT)"))
    connection.exec_driver_sql("PRAGMA hard_heap_limit=200000")
    try:
        connection.execute(text("INSERT INTO articles SELECT hex(randomblob(1000000))"))
    except SQLAlchemyError as error:
        raise SystemExit(f"the behaviour has changed: {type(error).__name__}")
    except MemoryError:
        print("sqlite3 and SQLAlchemy 2.1.9: SQLITE_NOMEM is a MemoryError that no handler of database errors sees")
PYTHON
