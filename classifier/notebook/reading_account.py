"""What was read, what could not be used, and what must be known of it: as columns of frames, and as a list."""

from collections.abc import Sequence
from html import escape

from classifier.corpus.readers import Corpus, Reject
from classifier.notebook.frames import Column

_SHOWN_MESSAGES = 10


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


def html_list(messages: Sequence[str]) -> str:
    """Return messages as a list for a notebook; of many, the first."""
    more = len(messages) - _SHOWN_MESSAGES
    shown = [*messages[:_SHOWN_MESSAGES], *([f"{more:,} more in .messages"] if more > 0 else [])]
    return f"<ul>{''.join(f'<li>{escape(message)}</li>' for message in shown)}</ul>" if shown else ""
