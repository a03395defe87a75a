#!/usr/bin/env bash
# distributed 2026.8.0: wait() and as_completed() look for the default client, not for the client of the futures they are given.
#
# Expected: a future knows its client (future.client), and future.result() and client.gather() use it. So wait(futures) and
# as_completed(futures) work with a client that was made with set_as_default=False, as a library makes it that must not take the
# place of its caller's client.
# Seen: both raise ValueError "No clients found" although a client is connected and the futures are its own. With
# "with client.as_current():" around the call both work. Nothing in the message says that the default client is meant.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/other_client.py" <<'PYTHON'
import distributed


def outcome(call):
    """Return what a call returns, or the name of its error and the beginning of its message."""
    try:
        return call()
    except ValueError as error:
        return f"ValueError: {str(error).splitlines()[0]}"


if __name__ == "__main__":
    options = {"n_workers": 1, "threads_per_worker": 1, "processes": False, "dashboard_address": None}
    with distributed.LocalCluster(**options) as cluster, distributed.Client(cluster, set_as_default=False) as client:
        futures = [client.submit(abs, -k) for k in range(3)]
        calls = {
            "result": lambda: [future.result() for future in futures],
            "gather": lambda: client.gather(futures),
            "wait": lambda: len(distributed.wait(futures).done),
            "as_completed": lambda: len(list(distributed.as_completed(futures))),
        }
        alone = {name: outcome(call) for name, call in calls.items()}
        with client.as_current():
            inside = {name: outcome(call) for name, call in calls.items()}
    for name in calls:
        print(f"{name}: {alone[name]}; inside client.as_current(): {inside[name]}")
    assert alone["result"] == alone["gather"] == [0, 1, 2]
    assert alone["wait"] == alone["as_completed"] == "ValueError: No clients found"
    assert inside["wait"] == inside["as_completed"] == 3
PYTHON
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet distributed==2026.8.0 dask==2026.8.0
"$folder/venv/bin/python" "$folder/other_client.py"
