"""The fields of the manifest that a training run knows: all of them except the ones that follow from the files."""

import platform
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from classifier.sections import Sections
from classifier.store.arrays import ModelArrays
from classifier.terms.hashing import hash_digest
from classifier.text.script import scripts_of_terms
from classifier.training.fitting.trainer import TrainedModel
from classifier.training.measuring.lengths.quality import LengthQuality
from classifier.training.publishing.run_evaluation import RunEvaluation
from classifier.training.training_settings import TrainingSettings

_LIBRARIES = ("copydesk", "numpy", "scipy", "scikit-learn", "numba")


def manifest_fields(
    trained: TrainedModel,
    evaluation: RunEvaluation,
    arrays: ModelArrays,
    sections: Sections,
    data_digest: str,
    languages: Sequence[str],
    settings: TrainingSettings,
    starter: bool,
) -> dict[str, Any]:
    """Return the fields of `classifier.store.manifest.Manifest` that `write_model` takes."""
    return {
        "language": languages[0],
        "languages": tuple(languages),
        "scripts": scripts_of_terms(arrays.terms),
        "trained": _trained_sections(trained, evaluation),
        "untrained": _untrained_sections(trained, sections),
        "n_articles": trained.n_articles,
        "n_stories": trained.n_stories,
        "data_digest": data_digest,
        "min_tags": settings.min_tags,
        "max_tags": settings.max_tags,
        "lengths": trained.rules.bounds,
        "starter": starter,
        "settings": {
            **settings.recorded(),
            "threshold_strength": trained.rules.strength,
            **({"archive": evaluation.latent.to_json()} if evaluation.latent else {}),
        },
        "libraries": {
            "python": platform.python_version(),
            **{name: version(name) for name in _LIBRARIES},
        },
        "fingerprint_seed": arrays.table.seed,
        "fingerprint_sample": hash_digest(settings.analyzer),
        "analyzer": settings.analyzer.version,
        "subwords": settings.analyzer.subwords,
    }


def _trained_sections(trained: TrainedModel, evaluation: RunEvaluation) -> list[dict[str, Any]]:
    # the sections that were not trained come after those that were
    qualities = evaluation.out_of_fold.sections[: len(trained.trained)]
    never = evaluation.promise.never
    return [
        {
            "section": section,
            "support": quality.suggested.support,
            **rules[-1],
            "shorter": rules[:-1],
            "precision": quality.suggested.precision,
            "recall": quality.suggested.recall,
            "f1": quality.suggested.f1,
            "by_length": [_figures(item, s) for item in evaluation.by_length] if trained.rules.bounds else [],
            "never_applied": never[section.id].to_json() if section.id in never else None,
        }
        for s, (section, rules, quality) in enumerate(zip(trained.trained, _rules(trained), qualities, strict=True))
    ]


def _figures(quality: LengthQuality, section: int) -> dict[str, Any]:
    """Return the figures of a section for a class of lengths."""
    score = quality.sections[section]
    return {
        "words_from": quality.words_from,
        "words_below": quality.words_below,
        "support": score.support,
        "precision": score.precision,
        "recall": score.recall,
        "f1": score.f1,
    }


def _rules(trained: TrainedModel) -> list[list[dict[str, Any]]]:
    """Return for each section its rules for each class of lengths, the shortest texts first."""
    return [
        [
            {
                "slope": rule.scaling.slope,
                "offset": rule.scaling.offset,
                "suggest": rule.suggest,
                "apply": rule.apply,
            }
            for rule in (rules.sections[s] for rules in trained.rules.classes)
        ]
        for s in range(len(trained.trained))
    ]


def _untrained_sections(trained: TrainedModel, sections: Sections) -> list[dict[str, Any]]:
    ids = {section.id for section in trained.trained}
    return [
        {"section": section, "support": trained.support.get(section.id, 0)}
        for section in sections
        if section.id not in ids
    ]
