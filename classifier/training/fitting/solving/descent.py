"""Dual coordinate descent for sixteen sections at once, compiled: see `classifier.training.fitting.solving.solver`.

The TF-IDF of an article is worked out from its counts each time that it is visited, so no matrix of it is kept.
numba does not vectorize loops over sixteen numbers, so the two loops that take nearly all the time are written in LLVM
IR. Everything is in one file, because numba's cache does not notice changes in other files.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from classifier.terms.compiler import compiled_when_called, inlined

#: Sections that are solved together: their weights for a feature, float32, fill a cache line of 64 bytes.
LANES = 16
#: How many times the exact step is taken (Mangasarian and Musicant, "Successive overrelaxation for support vector
#: machines", 1999). Any number between 0 and 2 has the same solution; 1.4 takes a sixth fewer passes than 1.
_RELAXATION = 1.4
#: A gradient closer to 0 than this is taken for 0, as in LIBLINEAR.
_NEGLIGIBLE = 1e-12

_cgutils: Any = cgutils
_INDEX = ir.IntType(64)
_VECTOR = ir.VectorType(ir.FloatType(), LANES)
_UNALIGNED = 4  # the alignment that NumPy guarantees for the start of an array


def _pointers(context: Any, builder: Any, signature: Any, arguments: Any) -> list[Any]:
    """Return pointers to the data of the arguments that are arrays."""
    return [
        context.make_array(kind)(context, builder, value).data
        for kind, value in zip(signature.args, arguments, strict=True)
        if isinstance(kind, types.Array)
    ]


def _line(builder: Any, data: Any, number: Any) -> Any:
    """Return a pointer to a line of sixteen float32, counted from 0."""
    return builder.bitcast(builder.gep(data, [builder.mul(number, ir.Constant(_INDEX, LANES))]), _VECTOR.as_pointer())


def _feature(builder: Any, values: Any, indices: Any, w: Any, j: Any) -> tuple[Any, Any]:
    """Return a pointer to the weights of the ``j``-th feature, and its value sixteen times."""
    line = _line(builder, w, _column(builder, indices, j))
    nothing = ir.Constant(_VECTOR, ir.Undefined)
    one = builder.insert_element(nothing, builder.load(builder.gep(values, [j])), ir.Constant(ir.IntType(32), 0))
    return line, builder.shuffle_vector(one, nothing, ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES))


def _scale_line(builder: Any, scales: Any, number: Any) -> Any:
    """Return sixteen float32 from a line of sixteen bfloat16: their upper halves."""
    halves, whole = (ir.VectorType(ir.IntType(bits), LANES) for bits in (16, 32))
    place = builder.gep(scales, [builder.mul(number, ir.Constant(_INDEX, LANES))])
    bits = builder.zext(builder.load(builder.bitcast(place, halves.as_pointer()), align=2), whole)
    return builder.bitcast(builder.shl(bits, ir.Constant(whole, [16] * LANES)), _VECTOR)


def _column(builder: Any, indices: Any, j: Any) -> Any:
    """Return the number of the ``j``-th feature."""
    return builder.zext(builder.load(builder.gep(indices, [j])), _INDEX)


def _fetch(typing: Any, array: Any, row: Any) -> Any:  # noqa: ARG001
    """Have a row of up to 64 bytes brought to the second level of the cache: an article's rows overfill the first."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        parts = context.make_array(signature.args[0])(context, builder, arguments[0])
        flag, place = ir.IntType(32), ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [place, flag, flag, flag])
        fetch = _cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        to_read, to_keep, of_data = (ir.Constant(flag, n) for n in (0, 2, 1))
        stride = _cgutils.unpack_tuple(builder, parts.strides)[0]
        at = builder.add(builder.ptrtoint(parts.data, _INDEX), builder.mul(arguments[1], stride))
        builder.call(fetch, [builder.inttoptr(at, place), to_read, to_keep, of_data])
        return context.get_dummy_value()

    return types.void(array, types.int64), generate


def _gather(typing: Any, begin: Any, end: Any, values: Any, indices: Any, w: Any, out: Any) -> Any:  # noqa: ARG001
    """Add to ``out`` the sixteen weights of each feature from ``begin`` to ``end``, times the feature's value."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        values, indices, w, out = _pointers(context, builder, signature, arguments)
        result = _line(builder, out, ir.Constant(_INDEX, 0))
        total = _cgutils.alloca_once_value(builder, builder.load(result, align=_UNALIGNED))
        with _cgutils.for_range_slice(builder, *arguments[:2], ir.Constant(_INDEX, 1)) as (j, _):
            line, value = _feature(builder, values, indices, w, j)
            product = builder.fmul(value, builder.load(line, align=_UNALIGNED))
            builder.store(builder.fadd(builder.load(total), product), total)
        builder.store(builder.load(total), result, align=_UNALIGNED)
        return context.get_dummy_value()

    return types.void(begin, end, values, indices, w, out), generate


def _scatter(typing: Any, begin: Any, end: Any, values: Any, indices: Any, w: Any, step: Any) -> Any:  # noqa: ARG001
    """Add sixteen steps to the weights of each feature from ``begin`` to ``end``, times the feature's value."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        values, indices, w, step = _pointers(context, builder, signature, arguments)
        steps = builder.load(_line(builder, step, ir.Constant(_INDEX, 0)), align=_UNALIGNED)
        with _cgutils.for_range_slice(builder, *arguments[:2], ir.Constant(_INDEX, 1)) as (j, _):
            line, value = _feature(builder, values, indices, w, j)
            moved = builder.fadd(builder.load(line, align=_UNALIGNED), builder.fmul(value, steps))
            builder.store(moved, line, align=_UNALIGNED)
        return context.get_dummy_value()

    return types.void(begin, end, values, indices, w, step), generate


def _scaled_scatter(
    typing: Any,  # noqa: ARG001
    begin: Any,
    end: Any,
    values: Any,
    indices: Any,
    scales: Any,
    w: Any,
    step: Any,
) -> Any:
    """Do as `_scatter`, with each feature's value multiplied by its sixteen squared scales."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        values, indices, scales, w, step = _pointers(context, builder, signature, arguments)
        steps = builder.load(_line(builder, step, ir.Constant(_INDEX, 0)), align=_UNALIGNED)
        with _cgutils.for_range_slice(builder, *arguments[:2], ir.Constant(_INDEX, 1)) as (j, _):
            line, value = _feature(builder, values, indices, w, j)
            scaled = builder.fmul(value, _scale_line(builder, scales, _column(builder, indices, j)))
            moved = builder.fadd(builder.load(line, align=_UNALIGNED), builder.fmul(scaled, steps))
            builder.store(moved, line, align=_UNALIGNED)
        return context.get_dummy_value()

    return types.void(begin, end, values, indices, scales, w, step), generate


def _scaled_squares(typing: Any, begin: Any, end: Any, values: Any, indices: Any, scales: Any, out: Any) -> Any:  # noqa: ARG001
    """Add to ``out`` the square of each feature's value from ``begin`` to ``end``, times its sixteen squared scales."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        values, indices, scales, out = _pointers(context, builder, signature, arguments)
        result = _line(builder, out, ir.Constant(_INDEX, 0))
        total = _cgutils.alloca_once_value(builder, builder.load(result, align=_UNALIGNED))
        with _cgutils.for_range_slice(builder, *arguments[:2], ir.Constant(_INDEX, 1)) as (j, _):
            _, value = _feature(builder, values, indices, out, j)
            square = builder.fmul(value, value)
            product = builder.fmul(square, _scale_line(builder, scales, _column(builder, indices, j)))
            builder.store(builder.fadd(builder.load(total), product), total)
        builder.store(builder.load(total), result, align=_UNALIGNED)
        return context.get_dummy_value()

    return types.void(begin, end, values, indices, scales, out), generate


_fetch_row: Any = intrinsic(_fetch)
_add_squares: Any = intrinsic(_scaled_squares)
_add_weights: Any = intrinsic(_gather)
_move_weights: Any = intrinsic(_scatter)
_move_scaled_weights: Any = intrinsic(_scaled_scatter)


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
    n, begin, end = 0, indptr[rows[i]], indptr[rows[i] + 1]
    if len(values):
        for j in range(begin, end):
            _fetch_row(weights, indices[j])
            places[n], found[n] = indices[j], values[j]
            n += 1
        return n
    for j in range(begin, end):
        column = indices[j]
        _fetch_row(weights, column)
        if len(scales):
            _fetch_row(scales, column)
        factor = factors[column]
        places[n], found[n] = column, levels[counts[j]] * factor * lengths[i]
        n += factor != np.float32(0.0)
    return n


@inlined
def _squares(n: int, places: Any, values: Any, scales: Any, out: Any) -> None:
    """Write the squared length of an article in each section, including the feature that is always 1."""
    out[:] = np.float32(1.0)
    if len(scales):
        _add_squares(0, n, values, places, scales.reshape(-1), out)
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
    for one in range(n):
        n_read = _read(one, *articles)
        _squares(n_read, places, found, scales, squares[one])
    order = np.arange(n).astype(np.int32)
    live = np.uint16((1 << width) - 1)
    watched = np.full(n, live, np.uint16)  # one bit for each section that has not shrunk the article away
    limit, highest, lowest = np.full(LANES, np.inf), np.empty(LANES), np.empty(LANES)
    margin, step = np.empty(LANES, np.float32), np.empty(LANES, np.float32)
    flat, flat_scales = weights.reshape(-1), scales.reshape(-1)
    for _ in range(max_epochs):
        # all articles are shuffled, so that no section's order depends on the progress of the others
        seed = _shuffle(order, seed)
        highest[:], lowest[:] = -np.inf, np.inf
        for i in order:
            sections = watched[i] & live
            if not sections:
                continue
            n_read = _read(i, *articles)
            margin[:] = intercepts
            _add_weights(0, n_read, found, places, flat, margin)
            article = (i, sections, positive[i], ridges, slacks[i], squares[i])
            if _choose_steps(*article, margin, limit, alpha, watched, highest, lowest, step):
                if len(scales):
                    _move_scaled_weights(0, n_read, found, places, flat_scales, flat, step)
                else:
                    _move_weights(0, n_read, found, places, flat, step)
                intercepts += step
        live = _end_epoch(live, width, tolerance, highest, lowest, limit, watched, epochs)
        if not live:
            return
