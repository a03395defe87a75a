#!/usr/bin/env bash
# numba 0.68.1: a compiled function that another one calls with integers written out is compiled once for each of these integers.
#
# Expected: numba compiles a function once for each combination of argument types. Ten calls with an array and an integer, from
# another compiled function, share one machine code, as they do if Python makes them.
# Seen: an integer that is written out in the calling code is a type of its own, its literal. The called function gets a signature for
# each value, so ten calls compile it ten times. A small helper that tests a byte against a constant multiplies the time to compile
# the function that uses it. With the constant as a NumPy scalar of the module, np.uint8(1), there is one signature; it is frozen all
# the same, so nothing is lost.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/literals.py" <<'PYTHON'
import numba
import numpy as np

B1, B2, B3 = np.uint8(1), np.uint8(2), np.uint8(3)


def signatures_of(caller, helper):
    caller(np.arange(9, dtype=np.uint8))
    return len(helper.signatures)


@numba.njit(inline="never")
def is_value(byte, value):
    return byte == value


@numba.njit(inline="never")
def is_scalar(byte, value):
    return byte == value


@numba.njit
def with_literals(data):
    n = 0
    for byte in data:
        n += is_value(byte, 1) | is_value(byte, 2) | is_value(byte, 3)
    return n


@numba.njit
def with_scalars(data):
    n = 0
    for byte in data:
        n += is_scalar(byte, B1) | is_scalar(byte, B2) | is_scalar(byte, B3)
    return n


print(signatures_of(with_literals, is_value), signatures_of(with_scalars, is_scalar))
PYTHON
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numba==0.68.1 numpy==2.4.6
found=$("$folder/venv/bin/python" "$folder/literals.py")
echo "numba 0.68.1, signatures after three calls: with integers and with NumPy scalars: $found"
[ "$found" = "3 1" ]
