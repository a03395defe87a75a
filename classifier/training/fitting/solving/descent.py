"""Dual coordinate descent for sixteen sections at once, compiled: see `classifier.training.fitting.solving.solver`.

The TF-IDF of an article is worked out from its counts each time that it is visited, so no matrix of it is kept.
"""

from typing import Any

import numpy as np

from classifier.terms.compiler import compiled_when_called, inlined
from classifier.training.fitting.solving.lanes import (
    LANES,
    add_squares,
    add_weights,
    fetch_row,
    move_scaled_weights,
    move_weights,
)

#: How many times the exact step is taken (Mangasarian and Musicant, "Successive overrelaxation for support vector
#: machines", 1999). Any number between 0 and 2 has the same solution; 1.4 takes a sixth fewer passes than 1.
_RELAXATION = 1.4
#: A gradient closer to 0 than this is taken for 0, as in LIBLINEAR.
_NEGLIGIBLE = 1e-12


@inlined
def _shuffle(order: Any, state: Any) -> Any:
    """Shuffle in place (Fisher and Yates) with SplitMix64 (Steele, Lea and Flood, 2014); return its next state."""
    for i in range(len(order) - 1, 0, -1):
        state += np.uint64(0x9E3779B97F4A7C15)
        mixed = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        j = np.int64((mixed ^ (mixed >> np.uint64(31))) % np.uint64(i + 1))
        order[i], order[j] = order[j], order[i]
    return state


@inlined
def _read(
    i: Any,
    rows: Any,
    indptr: Any,
    indices: Any,
    counts: Any,
    values: Any,
    levels: Any,
    factors: Any,
    lengths: Any,
    places: Any,
    found: Any,
    weights: Any,
    scales: Any,
) -> int:
    """Write the features of an article that are kept, and their TF-IDF; return their number.

    Meanwhile, have their weights and scales brought to the cache.
    """
    # unsigned numbers: with signed ones, numba looks for negative places at each read
    n, begin, end, length = 0, indptr[rows[i]], indptr[rows[i] + 1], lengths[i]
    if len(values):
        for j in range(np.uint64(begin), np.uint64(end)):
            fetch_row(weights, indices[j])
            places[n], found[n] = indices[j], values[j]
            n += 1
        return n
    for j in range(np.uint64(begin), np.uint64(end)):
        column = np.uint32(indices[j])
        fetch_row(weights, column)
        if len(scales):
            fetch_row(scales, column)
        factor = factors[column]
        places[np.uint64(n)], found[np.uint64(n)] = column, levels[counts[j]] * factor * length
        n += factor != np.float32(0.0)
    return n


@inlined
def _squares(n: int, places: Any, values: Any, scales: Any, out: Any) -> None:
    """Write the squared length of an article in each section, including the feature that is always 1."""
    out[:] = np.float32(1.0)
    if len(scales):
        add_squares(0, n, values, places, scales.reshape(-1), out)
    else:
        for j in range(n):
            out += values[j] * values[j]


@inlined
def _choose_steps(
    i: Any,
    sections: Any,
    positive: Any,
    ridges: Any,
    slack: float,
    square: Any,
    margin: Any,
    limit: Any,
    alpha: Any,
    watched: Any,
    highest: Any,
    lowest: Any,
    step: Any,
) -> bool:
    """Write the step of an article in each section, 0 in skipped sections; return whether any step is not 0."""
    moves = False
    for k in range(LANES):
        step[k] = 0.0
        if not (sections >> k) & 1:
            continue
        is_positive = (positive >> k) & 1
        sign = 1.0 if is_positive else -1.0
        ridge, old = ridges[is_positive, k] * slack, alpha[i, k]
        gradient = sign * margin[k] - 1.0 + ridge * old
        projected = gradient
        if old == 0.0 and gradient > 0.0:
            projected = 0.0
            if gradient > limit[k]:
                watched[i] &= ~np.uint16(1 << k)
                continue
        highest[k], lowest[k] = max(highest[k], projected), min(lowest[k], projected)
        if abs(projected) > _NEGLIGIBLE:
            alpha[i, k] = max(old - _RELAXATION * gradient / (square[k] + ridge), 0.0)
            step[k] = sign * (alpha[i, k] - old)
            moves = True
    return moves


@inlined
def _end_epoch(
    live: Any, width: int, tolerance: float, highest: Any, lowest: Any, limit: Any, watched: Any, epochs: Any
) -> Any:
    """Return the sections that are not solved yet; a section solved only for its unshrunk articles gets all back."""
    everywhere, back = live, np.uint16(0)
    for i in range(len(watched)):
        everywhere &= watched[i]
    for k in range(width):
        bit = np.uint16(1 << k)
        if not live & bit:
            continue
        epochs[k] += 1
        limit[k] = highest[k] if highest[k] > 0.0 else np.inf
        if highest[k] - lowest[k] <= tolerance:
            if everywhere & bit:
                live &= ~bit
            else:
                back |= bit
                limit[k] = np.inf
    if back:
        for i in range(len(watched)):
            watched[i] |= back
    return live


@compiled_when_called(
    "void",
    "const int64[:]",
    "const int64[:]",
    "const int32[:]",
    "const uint16[:]",
    "const float32[:]",
    "const float32[:]",
    "const float32[:]",
    "const float32[:]",
    "const uint16[:]",
    "const float64[:,:]",
    "const float64[:]",
    "const uint16[:,:]",
    "int64",
    "uint64",
    "float64",
    "int64",
    "float32[:,:]",
    "float64[:]",
    "int64[:]",
)
def descend(
    rows: Any,
    indptr: Any,
    indices: Any,
    counts: Any,
    values: Any,
    levels: Any,
    factors: Any,
    lengths: Any,
    positive: Any,
    ridges: Any,
    slacks: Any,
    scales: Any,
    width: int,
    seed: Any,
    tolerance: float,
    max_epochs: int,
    weights: Any,
    intercepts: Any,
    epochs: Any,
) -> None:
    """Solve for up to sixteen sections.

    Parameters
    ----------
    rows, indptr, indices, counts, values, levels, factors, lengths : as in `.rows.TfidfRows`
    positive : uint16 array of shape (n_articles,)
        Bit ``k`` is set if an article has section ``k``.
    ridges : float64 array of shape (2, 16)
        Half the inverse cost of an article without each section, and with it.
    slacks : float64 array of shape (n_articles,)
        The inverse of each article's weight.
    scales : uint16 array of shape (n_features, 16), or (0, 16) for none
        The square of the number by which each feature is multiplied in each section, as bfloat16: the upper half of a
        float32. The weights that are written are those of the features as they are, so that they need no scale
        afterwards.
    width : int
        Number of sections.
    seed, tolerance, max_epochs
    weights, intercepts, epochs : zeros of shape (n_features, 16), (16,) and (16,), to write
        Hyperplanes, and the number of passes over the articles for each section.
    """
    n, longest = len(positive), 1
    for row in rows:
        longest = max(longest, indptr[row + 1] - indptr[row] + 1)
    places, found = np.empty(longest, np.uint32), np.empty(longest, np.float32)
    articles = (rows, indptr, indices, counts, values, levels, factors, lengths, places, found, weights, scales)
    squares, alpha = np.empty((n, LANES), np.float32), np.zeros((n, LANES))
    order = np.arange(n).astype(np.int32)
    live = np.uint16((1 << width) - 1)
    watched = np.full(n, live, np.uint16)  # one bit for each section that has not shrunk the article away
    limit, highest, lowest = np.full(LANES, np.inf), np.empty(LANES), np.empty(LANES)
    margin, step = np.empty(LANES, np.float32), np.empty(LANES, np.float32)
    flat, flat_scales = weights.reshape(-1), scales.reshape(-1)
    for epoch in range(max_epochs):
        # all articles are shuffled, so that no section's order depends on the progress of the others
        seed = _shuffle(order, seed)
        highest[:], lowest[:] = -np.inf, np.inf
        for i in order:
            sections = watched[i] & live
            if not sections:
                continue
            n_read = _read(i, *articles)
            if not epoch:
                _squares(n_read, places, found, scales, squares[i])
            margin[:] = intercepts
            add_weights(0, n_read, found, places, flat, margin)
            article = (i, sections, positive[i], ridges, slacks[i], squares[i])
            if _choose_steps(*article, margin, limit, alpha, watched, highest, lowest, step):
                if len(scales):
                    move_scaled_weights(0, n_read, found, places, flat_scales, flat, step)
                else:
                    move_weights(0, n_read, found, places, flat, step)
                intercepts += step
        live = _end_epoch(live, width, tolerance, highest, lowest, limit, watched, epochs)
        if not live:
            return
