#!/usr/bin/env bash
# pyarrow 21.0.0: whether to_pylist can read a column of dates depends on whether pandas happens to be installed.
#
# Expected: Table.to_pylist, which documents Python objects and no dependency, reads every valid table, or none of its kind.
# Seen: a timestamp with nanoseconds, as DuckDB, Polars and pandas write them to Parquet, becomes a pandas.Timestamp if pandas can
# be imported. Without pandas, a value whose nanoseconds are a multiple of 1,000 becomes a datetime, and any other value raises
# ValueError. So a reader passes its tests, and fails on the first odd nanosecond at a site without pandas.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/read.py" <<'PYTHON'
import io

import pyarrow as pa
import pyarrow.parquet as pq


def read(nanoseconds):
    file = io.BytesIO()
    pq.write_table(pa.table({"published": pa.array([nanoseconds], pa.timestamp("ns"))}), file)
    try:
        return type(pq.read_table(file).to_pylist()[0]["published"]).__module__
    except ValueError:
        return "ValueError"


print(read(1_000), read(1))
PYTHON
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pyarrow==21.0.0 numpy==2.2.6
without=$("$folder/venv/bin/python" "$folder/read.py")
"$folder/venv/bin/pip" install --quiet pandas==2.3.3
with=$("$folder/venv/bin/python" "$folder/read.py")
echo "pyarrow 21.0.0, 1,000 ns and 1 ns: without pandas: $without; with pandas 2.3.3: $with"
[ "$without" = "datetime ValueError" ]
[[ "$with" == pandas*" pandas"* ]]
