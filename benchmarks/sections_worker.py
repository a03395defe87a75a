"""Times the tagger of a checkout on some bodies: run as a script in that checkout, with its path in PYTHONPATH.

Arguments: a folder of models, and a file of JSON with the bodies. Standard output: one line of JSON, the median of the
microseconds of processor time that a body takes.
"""

import json
import statistics
import sys
import time
from pathlib import Path

_PASSES = 9


def main() -> None:
    """Tag every body several times."""
    from classifier import Article, Tagger

    models, bodies = sys.argv[1:]
    tagger = Tagger.load(models)
    articles = [Article(body=body) for body in json.loads(Path(bodies).read_text(encoding="utf-8"))]
    found = []
    for _ in range(_PASSES):
        start = time.thread_time()
        for article in articles:
            tagger.tag(article)
        found.append((time.thread_time() - start) / len(articles) * 1e6)
    print(json.dumps({"microseconds": statistics.median(found)}, allow_nan=False))


if __name__ == "__main__":
    main()
