"""Variants of a model, each wrong in one or two fields, with digests that fit: as a careless tool makes them."""

import hashlib
import io
import json
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.store.arrays import ARRAY_FILES, TERMS_FILE
from classifier.store.files import EVALUATION_FILE
from classifier.store.manifest import MANIFEST_FILE, Manifest, content_digest

_MISSING = object()
_DEEP: Any = json.loads("[" * 200 + "]" * 200)
#: What each field of the manifest is set to in turn.
VALUES: tuple[Any, ...] = (
    _MISSING,
    None,
    True,
    -1,
    0,
    1,
    2,
    1.5,
    -0.0,
    1e-320,
    1e300,
    -1e300,
    10**400,
    float("nan"),
    float("inf"),
    float("-inf"),
    "",
    " ",
    "EN",
    "x" * 100_000,
    "a\x00b",
    "a\x1b[31mb\u202e",
    "line\nbreak",
    "\ud800",
    "<b>&amp;</b>",
    "../x",
    "terms.txt",
    "2026-13-45",
    [],
    {},
    ["a", 1, None],
    {"a": {"b": []}},
    _DEEP,
)
_NUMBERS = (np.nan, np.inf, -np.inf, 0.0, -0.0, -1.0, 1e-320, 1e-45, 1e38, -3e38, 1e300, -1e300)
_DTYPES = ("<f2", "<f4", "<f8", ">f4", ">f8", "<i4", "<i8", "<u4", "<u8", ">u8", "<c16", "|b1", "|S4", "<U2", "|V4")


@dataclass(frozen=True)
class Variant:
    """A change of a model: the field or file that it concerns, and what does it."""

    name: str
    change: Callable[["Draft", random.Random], None]


class Draft:
    """A model that is being changed: its manifest as data, and its files as bytes."""

    def __init__(self, folder: Path) -> None:
        self.manifest: dict[str, Any] = json.loads((folder / MANIFEST_FILE).read_bytes())
        self.files = {name: (folder / name).read_bytes() for name in self.manifest["files"]}
        self.text: bytes | None = None  # of the manifest, where it is not JSON of our own
        self.keeps_digests = False

    def array(self, name: str) -> NDArray[Any]:
        """Return a copy of an array."""
        return np.array(np.load(io.BytesIO(self.files[name])))

    def set_array(self, name: str, values: NDArray[Any], *, pickled: bool = False) -> None:
        """Replace an array."""
        out = io.BytesIO()
        np.save(out, values, allow_pickle=pickled)
        self.files[name] = out.getvalue()

    def write(self, models: Path) -> Path:
        """Write the model below a folder that is cleared first, under the name that its content asks for."""
        shutil.rmtree(models, ignore_errors=True)
        manifest = self.manifest
        if not self.keeps_digests and isinstance(manifest.get("files"), dict):
            for name in manifest["files"].keys() & self.files.keys():
                manifest["files"][name] = hashlib.sha256(self.files[name]).hexdigest()
        folder = models / self._version()
        folder.mkdir(parents=True)
        for name, content in self.files.items():
            (folder / name).write_bytes(content)
        (folder / MANIFEST_FILE).write_bytes(self.text or json.dumps(manifest).encode())
        return folder

    def _version(self) -> str:
        try:
            digest = content_digest(Manifest.model_validate_json(self.text or json.dumps(self.manifest)).content())
        except ValueError:  # it is refused before anybody looks at the version
            digest = "0" * 64
        version = f"20260101T000000Z-{digest[:8]}"
        if isinstance(self.manifest.get("version"), str) and self.manifest["version"].startswith("2"):
            self.manifest["version"] = version
        return version


def variants(folder: Path) -> list[Variant]:
    """Return every variant by field, of a model in a folder."""
    draft = Draft(folder)
    found = [
        Variant(f"{_shown(path)} = {_named(value)}", _setting(path, value))
        for path in _paths(draft.manifest)
        for value in VALUES
    ]
    found += [Variant(f"another field in {_shown(path)}", _setting((*path, "other"), 1)) for path in _tables(draft)]
    found += list(_by_hand())
    for name in ARRAY_FILES:
        found += list(_array_variants(name))
    for name in (TERMS_FILE, EVALUATION_FILE):
        found += [Variant(f"{name}: {kind}", _changing(name, change)) for kind, change in _TEXTS.items()]
    return found


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of each field; of a list only the first two items, and of the files each one."""
    if path:
        yield path
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _paths(inner, (*path, name))
    elif isinstance(value, list):
        for at, inner in enumerate(value[:2]):
            yield from _paths(inner, (*path, at))


def _tables(draft: Draft) -> list[tuple[Any, ...]]:
    return [(), *(path for path in _paths(draft.manifest) if isinstance(_at(draft.manifest, path), dict))]


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


def _setting(path: tuple[Any, ...], value: Any) -> Callable[[Draft, random.Random], None]:
    def change(draft: Draft, _rng: random.Random) -> None:
        try:
            parent = _at(draft.manifest, path[:-1])
            if value is _MISSING:
                del parent[path[-1]]
            else:
                parent[path[-1]] = value
        except (KeyError, IndexError, TypeError):  # another change has taken it away
            return
        draft.keeps_digests |= path[0] == "files"

    return change


def _by_hand() -> Iterator[Variant]:
    """Yield the changes that concern several fields of the manifest at once."""

    def twice(draft: Draft, _rng: random.Random) -> None:
        draft.manifest["trained"].append(draft.manifest["trained"][0])

    def both(draft: Draft, _rng: random.Random) -> None:
        draft.manifest["untrained"].append({"section": draft.manifest["trained"][0]["section"], "support": 1})

    def same_name(draft: Draft, _rng: random.Random) -> None:
        first, second = draft.manifest["trained"][:2]
        second["section"] = {**second["section"], "name": first["section"]["name"]}

    def same_alias(draft: Draft, _rng: random.Random) -> None:
        first, second = draft.manifest["trained"][:2]
        second["section"] = {**second["section"], "aliases": [first["section"]["id"].upper()]}

    def swapped(draft: Draft, _rng: random.Random) -> None:
        draft.manifest["trained"].reverse()

    def fewer(draft: Draft, _rng: random.Random) -> None:
        draft.manifest["trained"].pop()

    def out_of_order(draft: Draft, _rng: random.Random) -> None:
        draft.manifest["trained"][0] |= {"suggest": 0.9, "apply": 0.2}

    def limits(draft: Draft, _rng: random.Random) -> None:
        draft.manifest |= {"min_tags": 3, "max_tags": 2}

    def many(draft: Draft, _rng: random.Random) -> None:
        draft.manifest |= {"min_tags": 10**9, "max_tags": 10**9}

    def lengths(draft: Draft, _rng: random.Random) -> None:
        draft.manifest["lengths"] = [10**9]

    def shorter(draft: Draft, _rng: random.Random) -> None:
        draft.manifest["trained"][0]["shorter"] = [{"slope": 1, "offset": 0, "suggest": 1, "apply": None}] * 1_000

    def replaced(draft: Draft, _rng: random.Random) -> None:
        draft.manifest["untrained"][0]["section"] |= {"status": "deprecated", "replaced_by": "nobody"}

    def repeated_key(draft: Draft, _rng: random.Random) -> None:
        draft.text = json.dumps(draft.manifest).encode().replace(b'"min_tags": ', b'"min_tags": 5, "min_tags": ')

    def deep(draft: Draft, _rng: random.Random) -> None:
        draft.text = b'{"format": 3, "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"

    def not_utf8(draft: Draft, _rng: random.Random) -> None:
        draft.text = json.dumps(draft.manifest).encode().replace(b'"language"', b'"langu\xffge"')

    def another_folder(draft: Draft, _rng: random.Random) -> None:
        draft.manifest["version"] = "20200101T000000Z-00000000"

    for function in (
        twice,
        both,
        same_name,
        same_alias,
        swapped,
        fewer,
        out_of_order,
        limits,
        many,
        lengths,
        shorter,
        replaced,
        repeated_key,
        deep,
        not_utf8,
        another_folder,
    ):
        yield Variant(f"manifest.json: {function.__name__}", function)


def _array_variants(name: str) -> Iterator[Variant]:
    def of(kind: str, change: Callable[[NDArray[Any], random.Random], NDArray[Any]], **more: bool) -> Variant:
        def apply(draft: Draft, rng: random.Random) -> None:
            try:
                values = draft.array(name)
            except (ValueError, EOFError, OSError):  # another change has made it no array
                return
            with np.errstate(all="ignore"):
                draft.set_array(name, change(values, rng), **more)

        return Variant(f"{name}: {kind}", apply)

    for dtype in _DTYPES:
        yield of(
            f"dtype {dtype}",
            lambda values, _rng, dtype=dtype: (
                np.resize(values.astype("<f2"), 4).astype(dtype) if dtype[1] in "SUV" else values.astype(dtype)
            ),
        )
        yield of(f"zeros of {dtype}", lambda values, _rng, dtype=dtype: np.zeros(values.shape, dtype))
    for number in _NUMBERS:
        yield of(f"one value {number}", lambda values, rng, number=number: _with(values, rng, number, 1))
        yield of(f"all values {number}", lambda values, rng, number=number: _with(values, rng, number, values.size))
    shapes: dict[str, Callable[[NDArray[Any], random.Random], NDArray[Any]]] = {
        "a row less": lambda values, _rng: values[:-1],
        "a row more": lambda values, _rng: np.concatenate([values, values[:1]]),
        "no rows": lambda values, _rng: values[:0],
        "one dimension more": lambda values, _rng: values[None],
        "no dimension": lambda values, _rng: values.reshape(-1)[0],
        "transposed": lambda values, _rng: np.ascontiguousarray(values.T),
        "in Fortran's order": lambda values, _rng: np.asfortranarray(values),
        "shuffled": lambda values, rng: values[np.random.default_rng(rng.randrange(99)).permutation(len(values))],
        "random bits": lambda values, rng: np.frombuffer(rng.randbytes(values.nbytes), values.dtype).reshape(
            values.shape
        ),
    }
    for kind, change in shapes.items():
        yield of(kind, change)
    yield of("pickled objects", lambda values, _rng: np.array([values, None, "x"], dtype=object), pickled=True)
    for kind, edit in _BYTES.items():
        yield Variant(f"{name}: {kind}", _changing(name, edit))


def _with(values: NDArray[Any], rng: random.Random, number: float, n: int) -> NDArray[Any]:
    flat = values.reshape(-1).copy()
    for at in rng.sample(range(flat.size), min(n, flat.size)) if n < flat.size else range(flat.size):
        flat[at] = np.array(number).astype(flat.dtype)
    return flat.reshape(values.shape)


def _changing(name: str, edit: Callable[[bytes, random.Random], bytes]) -> Callable[[Draft, random.Random], None]:
    def change(draft: Draft, rng: random.Random) -> None:
        draft.files[name] = edit(draft.files[name], rng)

    return change


def _flipped(content: bytes, rng: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(rng.choice((1, 8, 64))):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _archive(content: bytes, _rng: random.Random) -> bytes:
    out = io.BytesIO()
    np.savez(out, values=np.load(io.BytesIO(content), allow_pickle=False))
    return out.getvalue()


_BYTES: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "empty": lambda _content, _rng: b"",
    "truncated": lambda content, rng: content[: rng.randrange(len(content))],
    "truncated in its header": lambda content, rng: content[: rng.randrange(min(100, len(content)))],
    "longer": lambda content, rng: content + rng.randbytes(64),
    "bits flipped": _flipped,
    "header flipped": lambda content, rng: _flipped(content[:128], rng) + content[128:],
    "zeros": lambda content, _rng: bytes(len(content)),
    "an archive": _archive,
    "a huge shape": lambda content, _rng: content.replace(b"(", b"(9", 1),
    "version 9": lambda content, _rng: content[:6] + b"\x09" + content[7:],
}
_TEXTS: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "empty": lambda _content, _rng: b"",
    "truncated": lambda content, rng: content[: rng.randrange(len(content))],
    "a line less": lambda content, _rng: content[: content[:-1].rfind(b"\n") + 1],
    "a line more": lambda content, _rng: content + b"one more\n",
    "empty lines": lambda content, _rng: b"\n" * content.count(b"\n"),
    "one line many times": lambda content, _rng: b"border\n" * content.count(b"\n"),
    "reversed": lambda content, _rng: b"\n".join(reversed(content.split(b"\n")[:-1])) + b"\n",
    "not UTF-8": lambda content, rng: content[:9] + b"\xff\xfe" + content[11:],
    "control characters": lambda content, _rng: content.replace(b"e", b"\x00").replace(b"a", b"\x1b"),
    "carriage returns": lambda content, _rng: content.replace(b"\n", b"\r\n"),
    "a number": lambda _content, _rng: b"1" + b"0" * 5_000,
    "no finite figure": lambda _content, _rng: b'{"out_of_fold": {"micro": {"f1": NaN}}}',
    "a huge figure": lambda _content, _rng: b'{"out_of_fold": {"micro": {"f1": 1' + b"0" * 400 + b"}}}",
    "bits flipped": _flipped,
}


def _shown(path: tuple[Any, ...]) -> str:
    return ".".join(map(str, path)) or "manifest.json"


def _named(value: Any) -> str:
    shown = "missing" if value is _MISSING else repr(value)
    return shown if len(shown) < 40 else f"{shown[:20]}… ({len(shown):,} characters)"
