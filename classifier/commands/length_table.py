"""The table of figures by length of the text that a terminal shows."""

from collections.abc import Sequence

from classifier.commands.tables import NOTHING, print_table, score_cells
from classifier.training.measuring.lengths.quality import LengthQuality

_HEADS = ("length", "which are", "texts", "precision", "recall", "F1", "applied", "applied right")


def print_lengths(lengths: Sequence[LengthQuality]) -> None:
    """Print the figures of short and long texts, in a row for each class of lengths that has a text."""
    print_table(_HEADS, [_row(quality) for quality in lengths if quality.n_texts], 2)


def _row(quality: LengthQuality) -> tuple[str, ...]:
    return (
        quality.words,
        quality.texts,
        f"{quality.n_texts:,}",
        *score_cells(quality.micro),
        f"{quality.applied_share:.0%}" if quality.micro.predicted else NOTHING,
        f"{quality.applied.precision:.3f}" if quality.applied.predicted else NOTHING,
    )
