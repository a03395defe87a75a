"""The starter corpus that comes with Copydesk, told apart from a newsroom's own articles."""

import gzip
import json
import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from classifier.article import Article
from classifier.sections import Sections

#: A few articles of one's own next to the starter corpus do not make an own model.
STARTER_SHARE = 0.9
#: The digests of the starter corpus as former versions of Copydesk read it: their models do not have the mark.
FORMER_DATA_DIGESTS = frozenset({"d363be31ab5be761ac25aa42ee164f3aa23789fb6220cde8fe23d7a64342b074"})
_FOLDER = "commands/starter"  # where “copydesk init” keeps it


def has_starter_vocabulary(section_ids: frozenset[str]) -> bool:
    """Return whether these are the sections of the starter vocabulary."""
    return section_ids == _section_ids()


def is_starter_corpus(digests: Iterable[bytes], n_articles: int, sections: Sections) -> bool:
    """Return whether articles are the starter corpus, or nearly: nine tenths of them, in its vocabulary.

    Parameters
    ----------
    digests : iterable of bytes
        `Article.digest` of each article: of headline and body as they stand in the file, so that a change in how texts
        are cleaned does not matter. They are not read if the articles are far too many.
    n_articles : int
    sections : Sections
    """
    if not has_starter_vocabulary(frozenset(section.id for section in sections)):
        return False
    least = STARTER_SHARE * n_articles
    return 0 < least <= len(_digests()) and sum(digest in _digests() for digest in digests) >= least


@cache
def _section_ids() -> frozenset[str]:
    text = (files("classifier") / _FOLDER / "sections.toml").read_text(encoding="utf-8")
    return frozenset(table["id"] for table in tomllib.loads(text)["section"])


@cache
def _digests() -> frozenset[bytes]:
    packed = (files("classifier") / _FOLDER / "articles.jsonl.gz").read_bytes()
    return frozenset(Article.read(json.loads(line)).digest for line in gzip.decompress(packed).splitlines())
