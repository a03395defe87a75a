"""The settings in words: text of the report and the model card."""

from collections.abc import Mapping
from typing import Any

_LOSSES = {
    "squared_hinge": "linear support vector machines",
    "hinge": "linear support vector machines (plain hinge loss)",
    "logistic": "logistic regressions",
}


def describe_settings(settings: Mapping[str, Any]) -> dict[str, str]:
    """Return the settings that determine a model, in words.

    Parameters
    ----------
    settings : mapping
        The settings in the manifest.
    """
    pair_weight, most = settings["pair_weight"], settings["max_tags"]
    return {
        "model": _LOSSES[settings["loss"]] + (" without small weights" if settings.get("least_weight") else ""),
        "features": _features(settings.get("subwords", "off"), pair_weight, settings.get("phrase_weight", 1.0)),
        "thresholds": (
            f"the one with the best F1; with {settings['threshold_strength']:g} articles it lies halfway to the "
            "threshold of all sections together"
        ),
        "apply": _apply(settings),
        "tags": _tags(settings["min_tags"], most),
    }


def _features(subwords: str, pair_weight: float, phrase_weight: float) -> str:
    found = ["words"]
    if pair_weight:
        phrases = f" ({pair_weight * phrase_weight:g} times if they are a phrase)" if phrase_weight != 1 else ""
        found.append(f"pairs of words that weigh {pair_weight:g} times as much{phrases}")
    found.append("in scripts without spaces, letters and two and three neighbouring ones")
    if subwords != "off":
        found.append("parts of words" + (" outside Latin script" if subwords == "non-latin" else ""))
    return ", ".join(found)


def _apply(settings: Mapping[str, Any]) -> str:
    if settings.get("review_only"):  # versions from before this setting do not have it
        return "none, because the model was trained with --review-only"
    target = settings["target_precision"]
    return (
        f"the lowest one at which at least {100 * target:g} % of the tags are right, with 95 % confidence, and at most "
        f"{100 * (1 - target):.3g} % of the stories without a section get a tag"
    )


def _tags(least: int, most: int | None) -> str:
    if least and most is not None:
        return f"{least} to {most}"
    if most is not None:
        return f"at most {most}"
    return f"at least {least}" if least else "all that reach their threshold, or none"
