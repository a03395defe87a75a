"""Why an out-of-fold model gave an article a section: the same split of the logit as the tagger makes."""

import math
from dataclasses import dataclass

import numpy as np

from classifier.tagger import MAX_EVIDENCE
from classifier.training.fitting.calibration import Platt
from classifier.training.fitting.outoffold import OutOfFold
from classifier.training.task import Task


@dataclass(frozen=True)
class Reasons:
    """Terms with their share of a section's logit, the strongest first: ``sum(shares) + rest == logit``."""

    logit: float
    rest: float
    terms: tuple[tuple[str, float], ...]


def explain_out_of_fold(i: int, section: int, platt: Platt, task: Task, scored: OutOfFold) -> Reasons:
    """Split the logit of article ``i`` for a section, from the model of its fold and a calibration of that fold.

    The share of a term is slope times weight times TF-IDF value, as in `Tagger`; ``rest`` holds the intercept, the
    offset and the terms that are not listed.
    """
    model = scored.models[int(task.folds[i])]
    row = model.tfidf.transform(task.counted.counts[[i]])
    shares = platt.slope * row.data * model.weights[row.indices, section]
    logit = platt.slope * float(scored.margins[i, section]) + platt.offset
    order = np.argsort(-np.abs(shares), kind="stable")[:MAX_EVIDENCE]
    terms = tuple((str(task.counted.terms[model.tfidf.columns[row.indices[k]]]), float(shares[k])) for k in order)
    return Reasons(logit, logit - math.fsum(share for _, share in terms), terms)
