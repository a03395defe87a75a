"""A tiny model, and an archive of made articles."""

from pathlib import Path

import pytest

from classifier.archive.asked import TaggingOptions
from classifier.archive.models import ArchiveModel
from classifier.corpus.readers import Reading
from tests.driver.sets import number_word, text, train_set

READING = Reading(ignore_unknown=True, machine_labels=True, all_unlabelled=True)


def made_rows(n: int, start: int = 0) -> list[dict[str, object]]:
    """Return articles: half of each section, every third with a label, every seventh of both sections."""
    return [
        {
            "id": f"a-{i}",
            "headline": f"{text('en', i % 2, i, 3)} {number_word(i % 1000)}",
            "body": f"<p>{text('en', i % 2, i)}</p>" + (f"<p>{text('en', 1 - i % 2, i, 9)}</p>" if i % 7 == 0 else ""),
            "published": f"20{10 + i % 5}-0{1 + i % 9}-11",
            "sections": ["sport"] if i % 3 == 0 else [],
        }
        for i in range(start, start + n)
    ]


@pytest.fixture(scope="session")
def english(tmp_path_factory) -> Path:
    models = tmp_path_factory.mktemp("archive") / "models"
    train_set(models, "en")
    return models


@pytest.fixture(scope="session")
def model(english) -> ArchiveModel:
    return ArchiveModel.find(english)


def asked(rows: int = 100, **more: object) -> TaggingOptions:
    return TaggingOptions(READING, rows, **more)
