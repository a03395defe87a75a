"""Latent features: what the words of a whole archive say about the words of few labelled articles.

The method is latent semantic analysis (Deerwester and others, "Indexing by latent semantic analysis", 1990), which is
a truncated singular value decomposition of the TF-IDF matrix of the archive. An article's latent features are its
TF-IDF values times the right singular vectors. They are linear in TF-IDF, so after the fit their weights are folded
into the weights of the words, and serving needs neither the vectors nor the archive.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.utils.extmath import randomized_svd

from classifier.training.counts.archive import LatentFeatures, join_archive
from classifier.training.fitting.features import TfidfWeights
from classifier.training.scheduling import local_threads
from classifier.training.task import Task
from classifier.training.training_settings import TrainingSettings

N_DIMS = 100
#: The length of an article's latent features is at most this many times that of its TF-IDF values.
SCALE = 2.0
_LEAST_ARTICLES = 2


def with_archive(task: Task, archive_texts: list[str], settings: TrainingSettings, jobs: int = 1) -> Task:
    """Return the task with the latent features of an archive.

    Parameters
    ----------
    task : Task
    archive_texts : list of str
        Articles other than those of the task.
    settings : TrainingSettings
        ``max_df`` and ``seed`` count.
    jobs : int
        Number of threads.
    """
    joined = join_archive(task.counted, task.texts, archive_texts, local_threads(jobs))
    latent = latent_features(joined.archive, settings)
    return replace(task, counted=joined.labelled, latent=latent)


def latent_features(counts: csr_matrix, settings: TrainingSettings) -> LatentFeatures:
    """Return the latent features of counted texts; there are at most `N_DIMS`, and fewer than texts and words.

    The vectors depend on the counts and the seed alone.
    """
    tfidf = TfidfWeights.fit(counts, _LEAST_ARTICLES, settings.max_df)
    idf, n_features = np.zeros(counts.shape[1]), counts.shape[1]
    idf[tfidf.columns] = tfidf.idf
    features = tfidf.transform(counts)
    n_dims = min(N_DIMS, min(features.shape) - 1)
    vectors = np.zeros((n_features, max(0, n_dims)), np.float32)
    if n_dims > 0:
        _, _, found = randomized_svd(features, n_dims, random_state=settings.seed)
        vectors[tfidf.columns] = found.T
    return LatentFeatures(idf, vectors)


def widened(tfidf: TfidfWeights, latent: LatentFeatures) -> TfidfWeights:
    """Return the weights with the words that only the archive has, with their idf there."""
    idf = latent.idf.copy()
    idf[tfidf.columns] = tfidf.idf
    columns = np.flatnonzero(idf)
    return TfidfWeights(columns, idf[columns])


def directions(tfidf: TfidfWeights, latent: LatentFeatures) -> NDArray[np.float64]:
    """Return the matrix that turns TF-IDF values into latent features, of shape (n_kept, n_dims).

    The values of the two differ by their idf, so each row is multiplied by the ratio.
    """
    ratio = latent.idf[tfidf.columns] / tfidf.idf
    return np.asarray(SCALE * latent.vectors[tfidf.columns] * ratio[:, None], dtype=np.float64)


def augmented(features: csr_matrix, to_latent: NDArray[np.float64]) -> csr_matrix:
    """Return features with their latent features as further columns."""
    return hstack([features, csr_matrix(features @ to_latent)], format="csr")
