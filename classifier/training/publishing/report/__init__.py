"""The documents of a training run for people: report.html, one self-contained file, and model-card.md."""

from classifier.training.publishing.report.edition import Edition, past_versions
from classifier.training.publishing.report.render import MAX_MISTAKES, documents

__all__ = ["MAX_MISTAKES", "Edition", "documents", "past_versions"]
