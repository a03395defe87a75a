"""Settings as an editor reads them."""

from collections.abc import Mapping
from typing import Any

_LOSSES = {
    "squared_hinge": "linear support vector machines",
    "hinge": "linear support vector machines (plain hinge loss)",
    "logistic": "logistic regressions",
}


def settings_in_words(settings: Mapping[str, Any]) -> dict[str, str]:
    """Return the settings that decide what a model does, in words.

    Parameters
    ----------
    settings : mapping
        Those of the manifest.
    """
    pair_weight, most = settings["pair_weight"], settings["max_tags"]
    return {
        "model": _LOSSES[settings["loss"]],
        "features": f"words, and pairs of words that weigh {pair_weight:g} times as much" if pair_weight else "words",
        "thresholds": (
            "where F1 is best; a section's own counts as much as that of all sections together would with "
            f"{settings['threshold_strength']:g} articles of its own"
        ),
        "apply": f"where {settings['target_precision']:.0%} of the tags are right, 95 % sure",
        "tags": _tags(settings["min_tags"], most),
    }


def _tags(least: int, most: int | None) -> str:
    if least and most is not None:
        return f"{least} to {most}"
    if most is not None:
        return f"{most} at most"
    return f"{least} at least" if least else "as many as reach their threshold, or none"
