"""Frames of every library with the same articles, and one model trained on them."""

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import classifier
from tests.helpers import small_corpus

N = 60


def columns():
    """Return the articles of the small corpus as columns, with names that a stranger would give."""
    rows = small_corpus(N)
    return {
        "id": list(range(100, 100 + N)),
        "headline": [row["headline"] for row in rows],
        "text": [row["body"] for row in rows],
        "category": [row["sections"][0] if row["sections"] else None for row in rows],
        "published": [row["published"] for row in rows],
    }


MAKERS = {"pandas": pd.DataFrame, "polars": pl.DataFrame, "pyarrow": pa.table}


@pytest.fixture(params=MAKERS)
def library(request):
    return request.param


@pytest.fixture
def frame(library):
    return MAKERS[library](columns())


@pytest.fixture(scope="session")
def trained():
    """A model trained on a pandas frame, without a vocabulary, in a temporary folder."""
    return classifier.train(pd.DataFrame(columns()))


def as_lists(frame):
    """Return a frame of any of the libraries as columns of plain lists, missing values as None."""
    if isinstance(frame, pd.DataFrame):
        return {name: [_plain(cell) for cell in frame[name]] for name in frame.columns}
    return frame.to_dict(as_series=False) if isinstance(frame, pl.DataFrame) else frame.to_pydict()


def _plain(cell):
    return cell if isinstance(cell, list) else None if pd.isna(cell) else cell
