"""Tags texts with the model of a checkout: run as a script in that checkout, with its path in PYTHONPATH.

Arguments: the folder of the models, and a file with a JSON list of texts. Standard output gets a JSON list of objects,
the probability of each section by id; a text without a known word has an empty one.
"""

import json
import sys
from pathlib import Path


def main() -> None:
    """Load the live model, and give the probabilities of each text."""
    from classifier import Article, Choice, Tagger

    tagger = Tagger.load(sys.argv[1])
    found = []
    for text in json.loads(Path(sys.argv[2]).read_text(encoding="utf-8")):
        answer = tagger.tag(Article(body=text), Choice(all=True))
        tags = (*answer.tags, *getattr(answer, "below", ()))  # older checkouts have them all in ``tags``
        found.append({tag.section: tag.probability for tag in tags})
    print(json.dumps(found, allow_nan=False))


if __name__ == "__main__":
    main()
