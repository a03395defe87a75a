#!/usr/bin/env bash
# Python 3.11.7, gzip: read(n) on an archive that was copied in part loses up to n bytes that it has already unpacked.
#
# Expected: a reader that takes an archive piece by piece gets all that can be unpacked, the last piece shorter than n, and then the
# EOFError. So the size of the pieces does not matter.
# Seen: read(n) collects n bytes. If the file ends before that, it raises EOFError and drops the bytes that it has collected; no later
# call returns them. With pieces of 1 MB, nothing at all comes out of an archive of which 900 kB are readable; shutil.copyfileobj loses the
# last piece in the same way. lzma does the same. read1(n) returns everything to the last byte, reading by lines everything to the last
# whole line, and so does zlib.decompressobj.
set -eu
python3 - <<'PYTHON'
import gzip
import io
import lzma
import platform
import random
import shutil
import zlib

chance = random.Random(1)
text = "".join(f"article {k} about case {chance.randrange(10**9)}, page {chance.randrange(10**9)}\n" for k in range(36_000)).encode()
whole = gzip.compress(text)
cut = whole[: len(whole) // 2]
readable = len(zlib.decompressobj(31).decompress(cut))
assert 500_000 < readable < 1_000_000, readable


def unpacked(archive, piece):
    """Return how many bytes a loop over ``piece(archive)`` gets before the EOFError."""
    size = 0
    try:
        while data := piece(archive):
            size += len(data)
    except EOFError:
        return size
    raise AssertionError("the archive is whole")


def opened():
    return gzip.GzipFile(fileobj=io.BytesIO(cut))


by_size = {n: unpacked(opened(), lambda archive, n=n: archive.read(n)) for n in (1, 8_192, 65_536, 1_000_000)}
by_read1 = unpacked(opened(), lambda archive: archive.read1(1_000_000))
by_line = unpacked(opened(), lambda archive: archive.readline())
again = opened()
assert unpacked(again, lambda archive: archive.read(1_000_000)) == unpacked(again, lambda archive: archive.read(1)) == 0
copied = io.BytesIO()
try:
    shutil.copyfileobj(opened(), copied)
except EOFError:
    pass
packed = lzma.compress(text)
by_lzma = [
    unpacked(lzma.open(io.BytesIO(packed[: len(packed) // 2])), lambda archive, n=n: archive.read(n)) for n in (1, 1_000_000)
]
print(f"Python {platform.python_version()}: of {readable} readable bytes, read(n): {by_size}; read1: {by_read1}; lines: {by_line};")
print(f"shutil.copyfileobj: {copied.tell()}; lzma with read(1) and read(1_000_000): {by_lzma}")
assert by_size[1] == by_read1 == readable
assert readable - 100 < by_line <= readable
assert by_size[1_000_000] == by_lzma[1] == 0 < by_lzma[0], "the behaviour has changed"
assert by_size[65_536] == readable // 65_536 * 65_536
assert copied.tell() < readable
PYTHON
