"""What a teacher has answered so far, in an SQLite file: no question about the same text is asked or paid for twice."""

import sqlite3
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from classifier.errors import CopydeskError

_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS answers (question BLOB PRIMARY KEY, probability REAL, asked_at TEXT NOT NULL) "
    "WITHOUT ROWID"
)
_WAIT_SECONDS = 30.0


class AnswerCacheError(CopydeskError):
    """A file of answers that cannot be opened or written to."""

    title = "The teacher's answers cannot be kept"
    slug = "answer-cache"


class AnswerCache:
    """Answers by the digest of model, question and text; no text is stored. Threads may share it.

    A refusal is kept as an answer without a probability.

    Parameters
    ----------
    path : Path
        Made if it does not exist.

    Raises
    ------
    AnswerCacheError
        If the file cannot be opened, or is no SQLite database.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        try:
            self._database = sqlite3.connect(path, timeout=_WAIT_SECONDS, check_same_thread=False)
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.execute(_SCHEMA)
            self._database.commit()
        except sqlite3.Error as error:
            raise AnswerCacheError(f"{path} cannot be opened ({error}). Fix: name another file with --cache") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    def get(self, keys: Sequence[bytes]) -> dict[bytes, float | None]:
        """Return the answers that there are."""
        found: dict[bytes, float | None] = {}
        with self._lock:
            for key in keys:
                row = self._database.execute("SELECT probability FROM answers WHERE question = ?", (key,)).fetchone()
                if row is not None:
                    found[key] = row[0]
        return found

    def put(self, answers: Mapping[bytes, float | None]) -> None:
        """Store answers; they are on disk when this returns.

        Raises
        ------
        AnswerCacheError
            If they cannot be written.
        """
        now = datetime.now(UTC).isoformat(timespec="seconds")
        rows = [(key, probability, now) for key, probability in answers.items()]
        try:
            with self._lock, self._database:
                self._database.executemany("INSERT OR REPLACE INTO answers VALUES (?, ?, ?)", rows)
        except sqlite3.Error as error:
            raise AnswerCacheError(
                f"{self.path} cannot be written to ({error}). Fix: free space on the disk"
            ) from error
