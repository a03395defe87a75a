"""F1 of one label a text, and how far Copydesk is from the best dictionary."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean

NO_LABEL = ""


@dataclass(frozen=True)
class F1:
    """Micro-F1 and macro-F1 in percent."""

    micro: float
    macro: float

    @classmethod
    def of(cls, given: Sequence[str], right: Sequence[str], labels: Sequence[str]) -> "F1":
        """Compute both from the labels given, `NO_LABEL` where there is none, and the right ones."""
        from sklearn.metrics import f1_score

        micro, macro = (
            f1_score(right, given, labels=list(labels), average=average, zero_division=0.0)
            for average in ("micro", "macro")
        )
        return cls(100 * float(micro), 100 * float(macro))

    @classmethod
    def mean(cls, scores: Sequence["F1"]) -> "F1":
        """Return the mean over folds or sets."""
        return cls(mean(score.micro for score in scores), mean(score.macro for score in scores))


@dataclass(frozen=True)
class Best:
    """The best of some classifiers on a set, by micro-F1."""

    name: str
    score: F1


def best(scores: Mapping[str, F1], names: Sequence[str]) -> Best | None:
    """Return the best of the named classifiers that scored the set; None if none of them did."""
    found = [Best(name, scores[name]) for name in names if name in scores]
    return max(found, key=lambda entry: entry.score.micro, default=None)


@dataclass(frozen=True)
class Differences:
    """Copydesk's micro-F1 minus the best dictionary's, by set."""

    by_set: Mapping[str, float]

    @property
    def mean(self) -> float:
        """The mean over the sets."""
        return mean(self.by_set.values())

    @property
    def worst(self) -> tuple[str, float]:
        """The set that is furthest behind, or least ahead."""
        return min(self.by_set.items(), key=lambda entry: entry[1])

    def holds(self, most_behind: float) -> bool:
        """Return whether no set is more than ``most_behind`` points behind, and the mean is level or ahead."""
        return self.worst[1] >= -most_behind and self.mean >= 0
