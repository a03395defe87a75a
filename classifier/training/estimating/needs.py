"""What training will need, from a sample of the articles: memory, time, and disk for the texts."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from classifier.corpus.stored.spool import is_in_memory, spool_folder
from classifier.corpus.stored.texts import characters_of
from classifier.errors import CorpusError, number_of
from classifier.progress import Progress
from classifier.training.counts.assembling import CountOptions
from classifier.training.counts.corpus import count_texts
from classifier.training.counts.repeated import MANY_CHARACTERS
from classifier.training.estimating.room import disk_left, memory_for_all
from classifier.training.fitting.outoffold import MOST_WEIGHTS_KEPT
from classifier.training.fitting.solving.lanes import LANES
from classifier.training.scheduling import local_threads
from classifier.training.task import MOST_FEATURES
from classifier.training.training_settings import SPARSE_FROM, TrainingSettings

#: Fewer articles need less than what any machine has.
LEAST_ARTICLES = 20_000
_SAMPLE = 4_000
_LEAST_EXPONENT = 0.6  # of the growth of features with the articles
#: Bytes: of the program; of an article in all stages, and of a value of the counts.
_PROGRAM, _ARTICLE, _VALUE = 600_000_000, 650, 6.2
#: More bytes of an article for each section: with few sections, and with many, whose probabilities outweigh the rest.
_ARTICLE_AND_SECTION, _ARTICLE_AND_ONE_OF_MANY = 35, 65
#: Bytes of a feature: while it is numbered, while its name is known, in each fit, and in each fit for each section.
_NUMBERED, _NAMED, _FITTED, _FITTED_AND_SECTION = 85, 300, 140, 14
#: The seconds of a run for each second of counting on one thread: of what is done once, and of each sixteen sections.
_TIMES, _TIMES_OF_FITS = 6, 19
#: Bytes of temporary files for each byte of files that are read, and of those that are packed.
_SPOOLED, _SPOOLED_PACKED = 2, 8
_PACKED = (".gz", ".zip", ".parquet", ".xlsx", ".arrow")
_SMALL_DISK = 1 << 28
_GIGA = 1e9
_GO_ON = "or train anyway with --ignore-memory"


@dataclass(frozen=True)
class RunNeeds:
    """What a run will need: bytes at its peak, and seconds. Both are estimates, the time a rough one."""

    memory: float
    seconds: float

    @property
    def words(self) -> str:
        """What is needed, in words."""
        minutes = number_of(max(1, round(self.seconds / 60)), "minute")
        return f"about {self.memory / _GIGA:.1f} GB of memory and {minutes}"


def estimate(texts: Sequence[str], n_sections: int, settings: TrainingSettings, jobs: int) -> RunNeeds:
    """Estimate what training on texts will need, from an even sample of them.

    The numbers of values and of features in all texts follow from those in the sample and in half of it: values grow
    with the texts, features as the last half brought new ones.
    """
    n, threads = len(texts), local_threads(jobs)
    sample = [texts[int(i)] for i in np.linspace(0, n - 1, min(n, _SAMPLE)).round()]
    how = CountOptions(analyzer=settings.analyzer)
    start = time.thread_time()  # not by the clock: the machine may have other work now
    whole = count_texts(sample, how, min_df=1)
    seconds = (time.thread_time() - start) / len(sample)
    half = count_texts(sample[::2], how, min_df=1)
    n_values = whole.counts.nnz / len(sample) * n
    growth = n / len(sample)
    different = len(whole.terms) + (len(whole.terms) - len(half.terms)) * 2 * (growth - 1)
    shared, shared_in_half = (int((np.bincount(c.counts.indices) > 1).sum()) for c in (whole, half))
    exponent = float(np.log2(shared / shared_in_half)) if shared_in_half else 1.0
    features = min(MOST_FEATURES, shared * growth ** min(1.0, max(_LEAST_EXPONENT, exponent)))
    numbered = features * 2 if characters_of(texts) >= MANY_CHARACTERS else different
    lanes, fits = min(LANES, n_sections), min(threads, settings.n_folds)
    weights = settings.n_folds * features * n_sections
    kept = 4 * (weights if weights <= MOST_WEIGHTS_KEPT else 2 * features * n_sections)
    of_section = _ARTICLE_AND_SECTION
    if n_sections >= SPARSE_FROM:  # small weights are left out, and the others are kept sparse
        kept, of_section = features * n_sections, _ARTICLE_AND_ONE_OF_MANY
    fitting = features * (_NAMED + fits * (_FITTED + _FITTED_AND_SECTION * lanes)) + kept
    memory = _PROGRAM + n * (_ARTICLE + of_section * n_sections) + n_values * _VALUE
    blocks = -(-n_sections // LANES)
    return RunNeeds(
        memory + max(numbered * _NUMBERED, fitting), n * seconds * (_TIMES + _TIMES_OF_FITS * blocks) / threads
    )


def require_memory(
    texts: Sequence[str], n_sections: int, settings: TrainingSettings, jobs: int, progress: Progress, *, anyway: bool
) -> None:
    """Report what a large run will need, and refuse it if there is less memory; ``anyway``, it is only reported.

    Raises
    ------
    CorpusError
        If more memory seems to be needed than there is.
    """
    if len(texts) < LEAST_ARTICLES:
        return
    needs, most = estimate(texts, n_sections, settings, jobs), memory_for_all()
    there_is = "" if most is None else f"; {most / _GIGA:.1f} GB are available"
    progress.note(f"training on {len(texts):,} articles takes {needs.words} (estimated){there_is}")
    if most is not None and needs.memory > most and not anyway:
        raise CorpusError(
            f"training on {len(texts):,} articles takes {needs.words}, and only {most / _GIGA:.1f} GB of memory are "
            f"available. Fix: name fewer files with --data, such as those of the last years; use --jobs 1, which fits "
            f"one model at a time; run it where there is more memory; {_GO_ON}"
        )


def require_disk(files: Iterable[Path], *, anyway: bool) -> None:
    """Refuse to read files if the disk of temporary files has no room for their texts.

    Raises
    ------
    CorpusError
        If there is less room than the texts seem to need.
    """
    sizes = [(path.stat().st_size, path.suffix.lower() in _PACKED) for path in files if path.is_file()]
    need = sum(size * (_SPOOLED_PACKED if packed else _SPOOLED) for size, packed in sizes)
    if need < _SMALL_DISK or anyway:
        return
    folder = spool_folder()
    left = disk_left(folder)
    if need > left:
        kind = "memory, where this folder is kept," if is_in_memory(folder) else "disk"
        raise CorpusError(
            f"the texts of the articles need about {need / _GIGA:.1f} GB of temporary files in {folder}, and "
            f"{left / _GIGA:.1f} GB of {kind} are free. Fix: name a folder on a larger disk with the environment "
            f"variable TMPDIR, {_GO_ON}"
        )
