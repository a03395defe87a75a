"""What was read, and what could not be used, as columns of frames."""

from collections.abc import Sequence

from classifier.corpus.readers import Corpus, Reject
from classifier.notebook.frames import Column


def account_columns(corpus: Corpus) -> dict[str, Column]:
    """Return a row for each file or frame: its articles, its labels, and what was left out."""
    found = corpus.accounts
    return {
        "file": ("text", [str(item.file) for item in found]),
        "format": ("text", [item.format for item in found]),
        "articles": ("whole", [item.n_articles for item in found]),
        "labelled": ("whole", [item.n_labelled for item in found]),
        "labels_from": ("texts", [list(item.labels_from) for item in found]),
        "rejected": ("whole", [item.n_rejects for item in found]),
        "left_out": ("whole", [item.left_out.total() for item in found]),
        "columns_not_read": ("texts", [list(item.columns.not_read) if item.columns else [] for item in found]),
    }


def reject_columns(rejects: Sequence[Reject]) -> dict[str, Column]:
    """Return a row for each row that could not be used, with the reasons."""
    return {
        "file": ("text", [str(item.place.file) for item in rejects]),
        "line": ("whole", [item.place.line for item in rejects]),
        "reasons": ("texts", [list(item.reasons) for item in rejects]),
    }
