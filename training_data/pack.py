"""Pack the starter corpus for ``copydesk init``: run ``python training_data/pack.py`` after changing the corpus."""

import gzip
from pathlib import Path

HERE = Path(__file__).parent
TARGET = HERE.parent / "classifier" / "commands" / "starter"


def pack() -> None:
    """Write the articles, in the order in which training reads them, and the vocabulary as data of the package."""
    articles = b"".join(path.read_bytes() for path in sorted((HERE / "articles").glob("*.jsonl")))
    (TARGET / "articles.jsonl.gz").write_bytes(gzip.compress(articles, compresslevel=9, mtime=0))
    (TARGET / "sections.toml").write_bytes((HERE / "sections.toml").read_bytes())


if __name__ == "__main__":
    pack()
