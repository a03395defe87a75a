"""API keys: who may call the service, and for what. The file (mode 0600) holds only a salted hash of each key."""

import fcntl
import hashlib
import hmac
import json
import os
import re
import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args

from classifier.errors import KeysError, shown, unreadable_as

#: The uses of a key. ``admin`` includes the others.
Scope = Literal["tag", "desk", "admin"]
SCOPES: tuple[Scope, ...] = get_args(Scope)

_PREFIX = "copydesk"
_FORMAT = 1
_SALT_BYTES = 16
#: Nobody but the owner writes a keys file, and nobody but the owner and the group reads it.
_FORBIDDEN_MODE = 0o037
_SECRET_BYTES = 32
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True)
class Key:
    """A key as the file holds it.

    ``salt`` and ``hash`` are hexadecimal; ``revoked`` is the time when it was revoked, or None while it is valid.
    """

    id: str
    name: str
    scope: Scope
    created: str
    salt: str
    hash: str
    revoked: str | None = None

    def allows(self, scope: Scope) -> bool:
        """Return whether the key covers a scope."""
        return self.scope in (scope, "admin")


class Keys:
    """The keys of a file, by id."""

    def __init__(self, keys: tuple[Key, ...]) -> None:
        self.all = keys
        self._live = {key.id: key for key in keys if key.revoked is None}

    @classmethod
    def load(cls, path: Path) -> "Keys":
        """Read a keys file.

        Raises
        ------
        KeysError
            If it cannot be read, is not a keys file, or is open to all users of the machine. Its group may read it,
            because an orchestrator mounts a secret with mode 0440.
        """
        with unreadable_as(KeysError, f"{path} cannot be read"):
            mode, source = path.stat().st_mode, path.read_bytes()
        if mode & _FORBIDDEN_MODE:
            raise KeysError(
                f"{path} is open to other users (mode {mode & 0o777:o}). "
                f"Fix: run “chmod 600 {path}”, or 640 if its group may read it"
            )
        try:
            data = json.loads(source)
            keys = tuple(_key(entry) for entry in data["keys"]) if data["format"] == _FORMAT else None
        except (ValueError, TypeError, KeyError):
            raise KeysError(
                f"{path} is not a keys file. Fix: restore it from a backup; or move it away, and make new keys with "
                "“copydesk keys create NAME”"
            ) from None
        if keys is None:
            raise KeysError(f"{path} was written by a newer version of Copydesk. Fix: install that version")
        return cls(keys)

    def valid(self, id_: str) -> Key | None:
        """Return the key with this id, or None if there is none or it has been revoked."""
        return self._live.get(id_)

    def find(self, text: str) -> Key | None:
        """Return the key with this text, or None.

        The id in the text finds the entry; the secret is compared by its hash, in a time that does not depend on how
        much of it is right. An unknown id takes as long as a known one.
        """
        _, _, rest = text.partition("_")
        id_, _, secret = rest.partition("_")
        key = self._live.get(id_)
        expected = _NOBODY if key is None else key
        same = hmac.compare_digest(_hash(secret, bytes.fromhex(expected.salt)), bytes.fromhex(expected.hash))
        return key if same and text.startswith(_PREFIX + "_") else None


def create(path: Path, name: str, scope: Scope) -> tuple[Key, str]:
    """Add a key to the file, which is created if needed. Return it with its text, which is never shown again.

    Raises
    ------
    KeysError
        If a valid key has that name, or the file cannot be read or written.
    """
    if not name.strip() or len(name) > 100:
        raise KeysError(
            "a key needs a name of 1 to 100 characters. Fix: use the name of the program that will call with it"
        )
    if _CONTROL.search(name):  # feedback from the desk has the name of the key, and takes none
        raise KeysError("the name of a key has a control character. Fix: write it on one line, without tabs")
    secret, salt = secrets.token_urlsafe(_SECRET_BYTES), secrets.token_bytes(_SALT_BYTES)
    key = Key(secrets.token_hex(4), name, scope, _now(), salt.hex(), _hash(secret, salt).hex())

    def added(keys: tuple[Key, ...]) -> tuple[Key, ...]:
        if any(other.name == name and other.revoked is None for other in keys):
            raise KeysError(f"a key named {shown(name)} already exists. Fix: revoke it, or choose another name")
        return (*keys, key)

    _change(path, added)
    return key, f"{_PREFIX}_{key.id}_{secret}"


def revoke(path: Path, id_or_name: str) -> Key:
    """Revoke a key and return it. It stays in the file, so that its id in old log lines can be looked up.

    Raises
    ------
    KeysError
        If no valid key has that id or name.
    """
    revoked: list[Key] = []

    def without(keys: tuple[Key, ...]) -> tuple[Key, ...]:
        changed = tuple(
            _revoked(key) if key.revoked is None and id_or_name in (key.id, key.name) else key for key in keys
        )
        revoked.extend(key for key in changed if key not in keys)
        if not revoked:
            raise KeysError(
                f"no valid key has the id or name {shown(id_or_name)}. Fix: choose one that “copydesk keys” lists"
            )
        return changed

    _change(path, without)
    return revoked[0]


def _change(path: Path, change: Callable[[tuple[Key, ...]], tuple[Key, ...]]) -> None:
    """Replace the file by one with the changed keys, whole or not at all; one program at a time."""
    with unreadable_as(KeysError, f"{path} cannot be written"), _locked(path):
        keys = change(Keys.load(path).all if path.exists() else ())
        source = json.dumps({"format": _FORMAT, "keys": [asdict(key) for key in keys]}, indent=1, allow_nan=False)
        descriptor, beside = tempfile.mkstemp(prefix=path.name, dir=path.parent)  # mode 0600
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            if path.exists():  # root may change the file of the service's own user, which a group may read
                before = path.stat()
                os.chown(descriptor, before.st_uid, before.st_gid)
                os.fchmod(descriptor, 0o600 | before.st_mode & 0o040)
            file.write(source + "\n")
            file.flush()
            os.fsync(file.fileno())
        Path(beside).replace(path)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _key(entry: dict[str, Any]) -> Key:
    key = Key(**entry)
    if key.scope not in SCOPES or not bytes.fromhex(key.salt) or len(bytes.fromhex(key.hash)) != 32:
        raise ValueError(key.id)
    return key


def _revoked(key: Key) -> Key:
    return Key(**{**asdict(key), "revoked": _now()})


def _hash(secret: str, salt: bytes) -> bytes:
    # a secret is 256 random bits, which nobody can guess, so the hash may be a fast one: every request computes it
    return hashlib.blake2b(
        secret.encode("utf-8", "surrogatepass"), digest_size=32, salt=salt, person=b"copydesk-key"
    ).digest()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


#: Stands in for a key whose id is unknown: no secret has this hash.
_NOBODY = Key("", "", "tag", "", "00" * _SALT_BYTES, "00" * 32)
