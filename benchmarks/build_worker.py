"""Times the tagger of a checkout when it is told to: run as a script in that checkout, with its path in PYTHONPATH.

Standard output begins with a line of JSON, the folder of the package. Standard input: a line of JSON with the paths of
the pickled `Synthetic` and of the bodies of each form, then a line for each turn, a form and a number of calls. Each
gets one line of JSON.
"""

import json
import pickle
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from typing import Any


def main() -> None:
    """Load the checkout's code, write the model, load it, and serve turns until standard input ends."""
    import classifier

    _say({"package": str(Path(classifier.__file__).parent)})
    about = json.loads(sys.stdin.readline() or "null")
    if about is None:
        return
    from benchmarks.synthetic import write_as_model
    from classifier import Article, Tagger

    with tempfile.TemporaryDirectory() as models:
        write_as_model(pickle.loads(Path(about["synthetic"]).read_bytes()), Path(models))  # noqa: S301 - our own file
        tagger = Tagger.load(models)
        forms: dict[str, list[str]] = json.loads(Path(about["forms"]).read_text(encoding="utf-8"))
        tags = {
            form: [[tag.section for tag in tagger.tag(Article(body=body)).tags] for body in bodies]
            for form, bodies in forms.items()
        }
        _say({"tags": tags})
        calls = {form: _tagging(tagger, Article, bodies) for form, bodies in forms.items()}
        for line in sys.stdin:
            turn = json.loads(line)
            _say({"seconds": _time(calls[turn["form"]], turn["calls"])})


def _tagging(tagger: Any, article: Any, bodies: list[str]) -> Callable[[], object]:
    following = cycle(bodies)
    return lambda: tagger.tag(article(body=next(following)))


def _time(call: Callable[[], object], calls: int) -> float:
    """Return the processor time of a call, in seconds."""
    repeat = range(calls)
    start = time.thread_time()
    for _ in repeat:
        call()
    return (time.thread_time() - start) / calls


def _say(found: object) -> None:
    print(json.dumps(found, allow_nan=False), flush=True)


if __name__ == "__main__":
    main()
