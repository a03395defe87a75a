"""Models that earlier versions trained: each gives the answer that it gave then, or the message says what to do.

``earlier_models.zip`` has a folder of models for each layout that there was, trained by the version that wrote it on 60
articles about football and money; of those that are not read any more, it has only the manifest.
"""

import shutil
from pathlib import Path

import pytest

from classifier import Tagger
from classifier.errors import UnknownFormatError

ARCHIVE = Path(__file__).with_name("earlier_models.zip")
ARTICLE = {"headline": "Striker and coach", "body": "The football league season ends with a penalty and a goal."}


@pytest.fixture(scope="module")
def earlier(tmp_path_factory):
    folder = tmp_path_factory.mktemp("earlier")
    shutil.unpack_archive(ARCHIVE, folder)
    return folder


def version_in(folder: Path) -> str:
    (version,) = (path.name for path in folder.iterdir())
    return version


@pytest.mark.parametrize(
    ("layout", "probability"),
    [
        ("one-language", 0.9681830949017602),
        ("analyzer-2", 0.9681830949017602),
        ("rules-by-length", 0.9989158422064954),
    ],
)
def test_a_model_of_an_earlier_version_answers_as_it_did_then(earlier, layout, probability):
    tagger = Tagger.load(earlier / layout, version_in(earlier / layout))
    (tag,) = tagger.tag(ARTICLE).tags
    assert (tag.section, tag.decision) == ("sport", "review")
    assert tag.probability == pytest.approx(probability, rel=1e-12)


@pytest.mark.parametrize(
    ("layout", "words"),
    [
        ("format-1", "has format “1”"),
        ("format-2", "has format “2”"),
        ("early-format-3", "has an early form of format 3"),
        ("early-format-3-with-fingerprints", "has an early form of format 3"),
    ],
)
def test_a_model_that_is_too_old_says_so_and_what_to_do(earlier, layout, words):
    with pytest.raises(UnknownFormatError, match=rf"manifest\.json {words}.* Fix: train again with this version"):
        Tagger.load(earlier / layout, version_in(earlier / layout))
