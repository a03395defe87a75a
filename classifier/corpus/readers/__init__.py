"""Labelled articles from files of every format that docs/training-data.md and docs/formats.md list."""

from classifier.corpus.readers.collect import read_corpus
from classifier.corpus.readers.labelled import Corpus
from classifier.corpus.readers.rows import Reading, Reject, Row, Source
from classifier.corpus.stored.labelled import LabelledArticle

__all__ = ["Corpus", "LabelledArticle", "Reading", "Reject", "Row", "Source", "read_corpus"]
