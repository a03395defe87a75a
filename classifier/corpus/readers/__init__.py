"""Labelled articles from files: JSONL, CSV and TSV, Parquet, WordPress exports, dumped pages."""

from classifier.corpus.readers.collect import Corpus, LabelledArticle, read_corpus
from classifier.corpus.readers.rows import Reading, Reject, Row, Source

__all__ = ["Corpus", "LabelledArticle", "Reading", "Reject", "Row", "Source", "read_corpus"]
