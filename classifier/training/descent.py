"""Dual coordinate descent for eight sections at once, compiled."""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from classifier.text.compiler import compiled_when_called, inlined


def _lanes(builder: Any, data: Any, offset: Any) -> Any:
    """Return a pointer to the eight float64 that begin at an offset."""
    return builder.bitcast(builder.gep(data, [offset]), ir.VectorType(ir.DoubleType(), 8).as_pointer())


def _data(context: Any, builder: Any, signature: Any, arguments: Any, number: int) -> Any:
    return context.make_array(signature.args[number])(context, builder, arguments[number]).data


@intrinsic  # type: ignore[misc]
def _gather(typing: Any, values: Any, indices: Any, begin: Any, end: Any, w: Any, out: Any) -> Any:  # noqa: ARG001
    """Add to ``out`` the sum of each value times the eight weights of its feature."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        values, indices, w, out = (_data(context, builder, signature, arguments, k) for k in (0, 1, 4, 5))
        total = cgutils.alloca_once(builder, ir.VectorType(ir.DoubleType(), 8))
        result = _lanes(builder, out, ir.Constant(ir.IntType(64), 0))
        builder.store(builder.load(result, align=8), total)
        with cgutils.for_range_slice(builder, arguments[2], arguments[3], ir.Constant(ir.IntType(64), 1)) as (j, _):
            line, x = _line(builder, values, indices, w, j)
            builder.store(builder.fadd(builder.load(total), builder.fmul(x, builder.load(line, align=8))), total)
        builder.store(builder.load(total), result, align=8)
        return context.get_dummy_value()

    return types.void(values, indices, begin, end, w, out), generate


@intrinsic  # type: ignore[misc]
def _scatter(typing: Any, values: Any, indices: Any, begin: Any, end: Any, step: Any, w: Any) -> Any:  # noqa: ARG001
    """Add to the eight weights of each feature its value times the eight steps."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        values, indices, step, w = (_data(context, builder, signature, arguments, k) for k in (0, 1, 4, 5))
        steps = builder.load(_lanes(builder, step, ir.Constant(ir.IntType(64), 0)), align=8)
        with cgutils.for_range_slice(builder, arguments[2], arguments[3], ir.Constant(ir.IntType(64), 1)) as (j, _):
            line, x = _line(builder, values, indices, w, j)
            builder.store(builder.fadd(builder.load(line, align=8), builder.fmul(x, steps)), line, align=8)
        return context.get_dummy_value()

    return types.void(values, indices, begin, end, step, w), generate


def _line(builder: Any, values: Any, indices: Any, w: Any, j: Any) -> tuple[Any, Any]:
    """Return a pointer to the weights of the feature at place ``j``, and its value eight times."""
    vector = ir.VectorType(ir.DoubleType(), 8)
    feature = builder.zext(builder.load(builder.gep(indices, [j])), ir.IntType(64))
    line = _lanes(builder, w, builder.shl(feature, ir.Constant(ir.IntType(64), 3)))
    value = builder.load(builder.gep(values, [j]))
    one = builder.insert_element(ir.Constant(vector, ir.Undefined), value, ir.Constant(ir.IntType(32), 0))
    mask = ir.Constant(ir.VectorType(ir.IntType(32), 8), [0] * 8)
    return line, builder.shuffle_vector(one, ir.Constant(vector, ir.Undefined), mask)


@inlined
def _random(state: Any) -> Any:
    """Return the output of SplitMix64 (Steele, Lea and Flood, 2014) for a state."""
    mixed = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


@inlined
def _shuffle(order: Any, state: Any) -> Any:
    """Shuffle in place (Fisher and Yates); return the next state."""
    for i in range(len(order) - 1, 0, -1):
        state += np.uint64(0x9E3779B97F4A7C15)
        j = np.int64(_random(state) % np.uint64(i + 1))
        order[i], order[j] = order[j], order[i]
    return state


@inlined
def _squares(indptr: Any, values: Any) -> Any:
    """Return the squared length of each article, with the feature that is always 1."""
    squares = np.ones(len(indptr) - 1)
    for i in range(len(squares)):
        for j in range(indptr[i], indptr[i + 1]):
            squares[i] += values[j] * values[j]
    return squares


@compiled_when_called(
    "void",
    "const int64[:]",
    "const uint32[:]",
    "const float64[:]",
    "const uint8[:]",
    "const float64[:,:]",
    "int64",
    "uint64",
    "float64",
    "int64",
    "float64[:]",
    "float64[:]",
    "float64[:]",
    "int64[:]",
)
def descend(
    indptr: Any,
    indices: Any,
    values: Any,
    positive: Any,
    ridges: Any,
    width: int,
    seed: Any,
    tolerance: float,
    max_epochs: int,
    w: Any,
    b: Any,
    alpha: Any,
    epochs: Any,
) -> None:
    n = len(indptr) - 1
    squares = _squares(indptr, values)
    order = np.arange(n).astype(np.int32)
    everyone = np.uint8((1 << width) - 1)
    watched = np.full(n, everyone, np.uint8)  # a bit for each section in which the article is not shrunk away
    live = everyone  # a bit for each section that is not solved yet
    whole = everyone  # a bit for each section that no article is shrunk away from
    limit = np.full(8, np.inf)
    highest, lowest = np.empty(8), np.empty(8)
    margin, step = np.empty(8), np.empty(8)
    state = seed
    for _ in range(max_epochs):
        state = _shuffle(order, state)
        highest[:], lowest[:] = -np.inf, np.inf
        for o in range(n):
            i = order[o]
            here = watched[i] & live
            if here == 0:
                continue
            begin, end = indptr[i], indptr[i + 1]
            margin[:] = b
            _gather(values, indices, begin, end, w, margin)
            moves = False
            for k in range(8):
                step[k] = 0.0
                if not (here >> k) & 1:
                    continue
                is_positive = (positive[i] >> k) & 1
                sign = 1.0 if is_positive else -1.0
                ridge = ridges[is_positive, k]
                old = alpha[8 * np.int64(i) + k]
                gradient = sign * margin[k] - 1.0 + ridge * old
                projected = gradient
                if old == 0.0 and gradient > 0.0:
                    projected = 0.0
                    if gradient > limit[k]:
                        watched[i] &= ~np.uint8(1 << k)
                        whole &= ~np.uint8(1 << k)
                        continue
                highest[k], lowest[k] = max(highest[k], projected), min(lowest[k], projected)
                if abs(projected) > 1e-12:
                    new = max(old - gradient / (squares[i] + ridge), 0.0)
                    alpha[8 * np.int64(i) + k] = new
                    step[k] = sign * (new - old)
                    moves = True
            if moves:
                _scatter(values, indices, begin, end, step, w)
                for k in range(8):
                    b[k] += step[k]
        back = np.uint8(0)
        for k in range(width):
            bit = np.uint8(1 << k)
            if not live & bit:
                continue
            epochs[k] += 1
            if highest[k] - lowest[k] <= tolerance or highest[k] == -np.inf:
                if whole & bit:
                    live &= ~bit
                else:  # solved for the articles that were left: see whether it is for all of them
                    back |= bit
                    whole |= bit
                    limit[k] = np.inf
            else:
                limit[k] = highest[k] if highest[k] > 0 else np.inf
        if back:
            for i in range(n):
                watched[i] |= back
        if not live:
            return
