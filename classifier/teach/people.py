"""The articles that people have labelled already, so that neither a teacher nor a person is asked about them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from classifier.corpus.readers import Reading
from classifier.corpus.readers.rows import LeftOut
from classifier.corpus.unlabelled import Unlabelled, Untaggable, read_unlabelled
from classifier.sections import Sections

_TO_LABEL = "rows in which the question mark has not been replaced with sections, or with nothing"
_TAUGHT = "rows that a teacher labelled"


@dataclass(frozen=True)
class LabelledByPeople:
    """The digests of articles that people labelled, and the rows that do not count as such, by the reason.

    ``n_without_section`` counts the articles among them that belong to no section.
    """

    digests: frozenset[bytes] = frozenset()
    n_without_section: int = 0
    left_out: Counter[str] = field(default_factory=Counter)


def labelled_by_people(paths: Sequence[Path], sections: Sections, reading: Reading) -> LabelledByPeople:
    """Read which articles people have labelled.

    A row that still has the question mark of ``copydesk sample`` has no label yet, and one of ``copydesk label`` has a
    teacher's.

    Raises
    ------
    CorpusError
        If a path cannot be read.
    """
    without_section: dict[bytes, bool] = {}
    left_out: Counter[str] = Counter()
    for item in read_unlabelled(paths, sections, reading) if paths else ():
        match item:
            case Unlabelled(to_label=True):
                left_out[_TO_LABEL] += 1
            case Unlabelled(taught=True):
                left_out[_TAUGHT] += 1
            case Unlabelled():
                without_section[item.article.digest] = not item.has_labels
            case Untaggable():
                left_out[f"rows that are not articles ({item.detail})"] += 1
            case LeftOut():
                left_out[item.what] += 1
    return LabelledByPeople(frozenset(without_section), sum(without_section.values()), left_out)
