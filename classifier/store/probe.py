"""The probe: a model that loads also has to score a text made of its own terms."""

import math
from pathlib import Path

import numpy as np

from classifier.errors import DamagedModelError, ModelError, UnknownFormatError, unreadable_as
from classifier.store.arrays import REMEDY
from classifier.store.files import Model, read_model
from classifier.terms.encoding import utf8
from classifier.terms.feature_text import example
from classifier.terms.hashing import hash_digest
from classifier.terms.vocabulary import Vocabulary
from classifier.terms.weighing import SparseRows

_PROBE_TERMS = 50
_MOST = 1e300  # of a logit


def load_probed(folder: Path) -> Model:
    """Read a model, verify every byte of it, and have it score a probe.

    Raises
    ------
    ModelError
        As `read_model`; also if this version of Copydesk hashes terms differently, or the model does not score.
    """
    with unreadable_as(ModelError, f"{folder} cannot be loaded"):
        model = read_model(folder)
        check_hashing(model)
        check_scores(folder, model)
        return model


def check_hashing(model: Model) -> None:
    """Check that this version of Copydesk hashes terms as the one that wrote the model.

    Raises
    ------
    UnknownFormatError
        If it hashes them differently.
    """
    if model.manifest.fingerprint_sample != hash_digest(model.manifest.terms_analyzer):
        raise UnknownFormatError(
            f"model {model.manifest.version} was written by a version of Copydesk that hashes terms differently. "
            "Fix: train again with this version, or install the version that wrote it"
        )


def check_scores(folder: Path, model: Model) -> None:
    """Score a text made of the model's own terms, and check that no text at all can overflow a section's logit.

    Raises
    ------
    DamagedModelError
        If no term is known, or a section's logit is or could be infinite.
    """
    arrays = model.arrays
    vocabulary = Vocabulary(arrays.terms, arrays.table, arrays.linear, model.manifest.terms_analyzer)
    margins, n_known, _ = vocabulary.margins(utf8(" ".join(map(example, arrays.terms[:_PROBE_TERMS]))))
    if not n_known:
        raise DamagedModelError(f"{folder}: the model loads, but does not recognize its own words. {REMEDY}")
    # the values of a text have the length 1, so a margin is at most the length of the weights
    if isinstance(arrays.weights, SparseRows):
        heaviest = arrays.weights.heaviest()
    else:
        heaviest = np.maximum(arrays.weights.max(axis=0), -arrays.weights.min(axis=0)).astype(np.float64)
    largest = math.sqrt(len(arrays.terms)) * heaviest + np.abs(arrays.intercepts)
    for entry, margin, most in zip(model.manifest.trained, margins, largest.tolist(), strict=True):
        if not math.isfinite(entry.slope * margin + entry.offset) or entry.slope * most + abs(entry.offset) > _MOST:
            raise DamagedModelError(
                f"{folder}: the model loads, but gives no valid score for {entry.section.id}. {REMEDY}"
            )
