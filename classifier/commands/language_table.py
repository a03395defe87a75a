"""The table of figures by language that a terminal shows for a model of several languages."""

from collections.abc import Sequence

from classifier.commands.tables import NOTHING, print_table
from classifier.corpus.language import language_name
from classifier.training.measuring.language_quality import LanguageQuality


def print_languages(languages: Sequence[LanguageQuality]) -> None:
    """Print the figures of each language; nothing if there is only one."""
    if len(languages) > 1:
        heads = ("language", "articles", "micro-F1 (95 %)", "macro-F1", "applied", "applied right")
        print_table(heads, map(_row, languages))


def _row(quality: LanguageQuality) -> tuple[str, ...]:
    micro, applied = quality.micro, quality.applied
    has_some = bool(micro.support or micro.predicted)
    return (
        language_name(quality.language),
        f"{quality.n_articles:,}",
        str(quality.f1) if has_some else NOTHING,
        f"{quality.macro_f1:.3f}" if has_some else NOTHING,
        f"{quality.applied_share:.0%}" if micro.predicted else NOTHING,
        f"{applied.precision:.3f}" if applied.predicted else NOTHING,
    )
