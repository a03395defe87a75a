"""What a person reads of a training run: report.html, one self-contained file, and model-card.md."""

from classifier.training.publishing.report.render import documents

__all__ = ["documents"]
