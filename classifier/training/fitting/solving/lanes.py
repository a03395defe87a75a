"""Loops over the features of an article for sixteen sections at once, in LLVM IR.

numba does not vectorize loops over sixteen numbers, so the loops that take nearly all the time of a fit are written out
here. numba's cache of `descent` does not notice a change in this file: remove ``__pycache__`` after one.
"""

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

#: Sections that are solved together: their weights for a feature, float32, fill a cache line of 64 bytes.
LANES = 16
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
    """Have the first 64 bytes of a row brought to the second level of the cache; an article overfills the first."""

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


def _scaled_squares(
    typing: Any,  # noqa: ARG001
    begin: Any,
    end: Any,
    values: Any,
    indices: Any,
    scales: Any,
    out: Any,
) -> Any:
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


fetch_row: Any = intrinsic(_fetch)
add_squares: Any = intrinsic(_scaled_squares)
add_weights: Any = intrinsic(_gather)
move_weights: Any = intrinsic(_scatter)
move_scaled_weights: Any = intrinsic(_scaled_scatter)
