#!/usr/bin/env bash
# distributed 2026.8.0: after a failed set-up, registering an idempotent worker plugin again does nothing and reports no error.
#
# Expected: idempotent means that a second registration does no harm. If setup() failed on the workers, register_plugin raises, and a
# program that calls it once more (the file that was missing is there now) sets the plugin up, or gets the error again.
# Seen: the first call raises the error of setup(). The scheduler has noted the name of the plugin before that, and keeps it. So the
# second call asks no worker, runs no setup() and returns {} without an error. Tasks then miss what the plugin brings. Workers that join
# later do run setup(), so one cluster holds workers of both kinds. Without idempotent = True the second call runs setup() again;
# with it, unregister_worker_plugin() must come first.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/plugin.py" <<'PYTHON'
import logging
import sys
from pathlib import Path

import distributed


def plugin(is_idempotent, file):
    """Return a plugin that loads a file on its worker."""

    class Model(distributed.WorkerPlugin):
        name = f"model-{is_idempotent}"
        idempotent = is_idempotent

        def setup(self, worker):
            setattr(worker, self.name, file.read_bytes())

    return Model()


def register(client, one):
    """Return "raised" or "returned", and on how many workers the plugin is set up."""
    try:
        client.register_plugin(one)
        outcome = "returned"
    except FileNotFoundError:
        outcome = "raised"
    return outcome, sum(client.run(lambda dask_worker: hasattr(dask_worker, one.name)).values())


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    options = {"n_workers": 1, "threads_per_worker": 1, "processes": False, "dashboard_address": None}
    with distributed.LocalCluster(**options) as cluster, distributed.Client(cluster) as client:
        file = Path(sys.argv[1], "model")
        plain, idempotent = plugin(False, file), plugin(True, file)
        first = [register(client, one) for one in (plain, idempotent)]
        file.write_bytes(b"model")
        second = [register(client, one) for one in (plain, idempotent)]
        cluster.scale(2)
        client.wait_for_workers(2, timeout=30)
        joined = register(client, idempotent)
        client.unregister_worker_plugin(idempotent.name)
        third = register(client, idempotent)
    print("plain, idempotent: without the file:", *first, "with it:", *second)
    print("idempotent: when a second worker has joined:", joined, "when it was unregistered first:", third)
    assert first == [("raised", 0), ("raised", 0)]
    assert second == [("returned", 1), ("returned", 0)], "the behaviour has changed"
    assert joined == ("returned", 1)
    assert third == ("returned", 2)
PYTHON
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet distributed==2026.8.0 dask==2026.8.0
"$folder/venv/bin/python" "$folder/plugin.py" "$folder"
