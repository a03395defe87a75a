"""Labelled articles from files: JSONL, CSV and TSV, dumped pages."""

from classifier.corpus.readers.collect import Corpus, LabelledArticle, read_corpus
from classifier.corpus.readers.rows import Reject, Row

__all__ = ["Corpus", "LabelledArticle", "Reject", "Row", "read_corpus"]
