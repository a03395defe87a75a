#!/usr/bin/env bash
# datasketch 2.0.0: bBitMinHash calls disjoint small sets equal, with the default scheme of MinHash.
#
# Expected: sets without a common element have a Jaccard estimate near 0, with the spread of 128 independent hash functions (0.09 at
# b=1), as in datasketch 1.x and with scheme="legacy".
# Seen: with affine32, the default since 2.0.0, and affine64, half of the pairs of different one-element sets have an estimate of
# 1.0 at b=1, one in four at b=2, one in sixteen at b=4. The spread is six times too large for sets of two elements and still
# too large for sets of ten. A minimum is a*h+b modulo a power of two with odd a, so its lowest bits depend on the lowest bits of
# the hash alone: they agree in all 128 minima or in none. bBitMinHash keeps exactly these bits. Whoever cuts hash values themselves
# must mix them first (for example with the finalizer of MurmurHash3).
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/estimate.py" <<'PYTHON'
from datasketch import MinHash, bBitMinHash


def share_of_ones(scheme, b):
    """Return the share of 300 pairs of disjoint one-element sets whose estimate is 1."""

    def sketch(word):
        minima = MinHash(num_perm=128, seed=1, scheme=scheme)
        minima.update(word.encode())
        return bBitMinHash(minima, b)

    return sum(sketch(f"a{k}").jaccard(sketch(f"b{k}")) > 0.99 for k in range(300)) / 300


for scheme in ("legacy", "affine32", "affine64"):
    print(scheme, *(f"b={b}: {share_of_ones(scheme, b):.2f}" for b in (1, 2, 4)))
assert share_of_ones("legacy", 1) == 0
assert share_of_ones("affine32", 1) > 0.4
PYTHON
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet datasketch==2.0.0
"$folder/venv/bin/python" "$folder/estimate.py"
