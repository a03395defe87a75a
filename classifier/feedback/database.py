"""The feedback database: SQLite or PostgreSQL, opened at its first use, with short time limits."""

import logging
import os
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any, cast

from pydantic_core import to_json
from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DisconnectionError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from classifier.errors import FeedbackError, SettingsError
from classifier.feedback.tables import HEAD, VERSION_TABLE

_WAIT_SECONDS = 2  # the least that libpq accepts
_QUEUE_SECONDS = 0.5
_PAUSE_SECONDS = 1.0
_LOG_PAGES = 4_000  # of SQLite's write-ahead log, before they go to the file: a page that is written often goes once
_MIGRATION_LOCK = 0x636F7079  # number of an advisory lock; other programs are unlikely to use it
_MIGRATIONS = Path(__file__).parent / "migrations"
_READING = "copydesk_reading"
_DURABLE = "copydesk_durable"
_RETRY = "Fix: retry later. Tagging is not affected"
_FAILURES = SQLAlchemyError, sqlite3.Error, OSError, MemoryError  # SQLite raises the last one too
_log = logging.getLogger(__name__)


class Database:
    """A database that may be down: every use ends within seconds, with `FeedbackError` if it does not answer.

    After a failure no request tries again for a second, so that waiting requests do not hold up tagging.

    Parameters
    ----------
    address : str
        A path of an SQLite file, ``sqlite:///PATH`` or ``postgresql://USER:PASSWORD@HOST/NAME``.
    connections : int
        Limit of simultaneous uses. Further ones wait half a second at most.
    """

    def __init__(self, address: str, connections: int = 4) -> None:
        self._url = url_of(address)
        self._connections = connections
        self._engine: Engine | None = None
        self._opening = threading.Lock()
        self._closed_until = 0.0
        #: The sources that are called back: what is kept or decided for these also goes to the outbox.
        self.called_back: frozenset[str] = frozenset()

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is an SQLite file."""
        return self._url.get_backend_name() == "sqlite"

    @property
    def name(self) -> str:
        """The database's file, or its host, port and name. Other parts of an address may hold a password."""
        if self.is_sqlite:
            return str(self._url.database)
        host = self._url.host or self._url.query.get("host")
        shown = URL.create("postgresql", host=str(host or ""), port=self._url.port, database=self._url.database)
        return shown.render_as_string()

    def check(self) -> None:
        """Check that a driver is installed and accepts the address. Nothing is connected.

        Raises
        ------
        SettingsError
            If no driver is installed, or it refuses the address.
        """
        if self.is_sqlite:
            return
        try:
            _postgresql(self._url, self._connections).dispose()
        except (SQLAlchemyError, ImportError, TypeError, ValueError) as error:
            raise SettingsError(
                f"feedback cannot be used: SQLAlchemy or its driver refuses the address of {self.name} "
                f"({type(error).__name__}). Fix: leave out its options; check that “python -c 'import psycopg'” runs"
            ) from None

    def insert(self, table: Any) -> Any:
        """Return an INSERT for a table in the database's dialect, which supports ``ON CONFLICT``."""
        if self.is_sqlite:
            from sqlalchemy.dialects.sqlite import insert as sqlite_insert

            return sqlite_insert(table)
        from sqlalchemy.dialects.postgresql import insert as postgresql_insert

        return postgresql_insert(table)

    @contextmanager
    def transaction(self, *, reading: bool = False, durable: bool = True) -> Iterator[Connection]:
        """Open a transaction and commit it at the end.

        Parameters
        ----------
        reading : bool
            It only reads, and does not keep others from writing.
        durable : bool
            Its end waits until the disk has everything. Otherwise SQLite may lose the last transactions if the machine
            loses power, but not if the program or the service is killed.

        Raises
        ------
        FeedbackError
            If the database does not answer, or fails.
        """
        try:
            with self._opened().connect() as connection:
                connection.execution_options(**{_READING: reading, _DURABLE: durable})
                with ExitStack() as held:
                    if not (reading or self.is_sqlite):
                        held.enter_context(_in_time(connection.connection.dbapi_connection))
                    held.enter_context(connection.begin())
                    yield connection
        except _FAILURES as error:
            raise self._failed(error) from None

    @contextmanager
    def sqlite_transaction(self, *, durable: bool = True) -> Iterator[sqlite3.Cursor]:
        """Open a writing transaction of SQLite's driver, and commit it at the end.

        It takes a tenth of a millisecond less than `transaction`, which is as much as the work of a small one.

        Parameters
        ----------
        durable : bool
            As for `transaction`.

        Raises
        ------
        FeedbackError
            As for `transaction`.
        """
        with self.sqlite_cursor(durable=durable) as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            yield cursor
            cursor.execute("COMMIT")

    @contextmanager
    def sqlite_cursor(self, *, durable: bool = True) -> Iterator[sqlite3.Cursor]:
        """Return a cursor of SQLite's driver. Outside of a transaction, each statement is committed at once.

        Parameters
        ----------
        durable : bool
            As for `transaction`.

        Raises
        ------
        FeedbackError
            As for `transaction`.
        """
        try:
            with closing(self._opened().raw_connection()) as connection:
                cursor: sqlite3.Cursor = connection.cursor()  # type: ignore[assignment]
                _set_durable(connection.info, cursor.execute, durable=durable)
                try:
                    yield cursor
                except BaseException:
                    connection.rollback()
                    raise
                finally:
                    cursor.close()
        except _FAILURES as error:
            raise self._failed(error) from None

    def sqlite_connection(self) -> sqlite3.Connection:
        """Open a connection of SQLite's driver of its own: the caller closes it.

        Raises
        ------
        FeedbackError
            If the database does not answer.
        """
        try:
            connection = self._opened().raw_connection()
            connection.detach()
            return cast(sqlite3.Connection, connection.dbapi_connection)
        except _FAILURES as error:
            raise self._failed(error) from None

    def empty_log(self) -> None:
        """Empty the write-ahead log of SQLite: it holds pages as they were. What others read now stays in it.

        Raises
        ------
        FeedbackError
            If the database does not answer.
        """
        try:
            connection = self._opened().raw_connection()
            try:
                connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
            finally:
                connection.close()
        except _FAILURES as error:
            _log.error("the feedback database %s failed: %s", self.name, _reason(error))
            raise self._down() from None

    def close(self) -> None:
        """Close all connections. The next use opens new ones."""
        with self._opening:
            if self._engine:
                self._engine.dispose()
            self._engine = None

    def _opened(self) -> Engine:
        if time.monotonic() < self._closed_until:
            raise self._down()
        if self._engine is None:
            with self._opening:
                if time.monotonic() < self._closed_until:  # another thread has just failed to open it
                    raise self._down()
                if self._engine is None:
                    self._engine = self._open()
        return self._engine

    def _open(self) -> Engine:
        engine = _sqlite(self._url, self._connections) if self.is_sqlite else _postgresql(self._url, self._connections)
        try:
            migrate(engine)
        except BaseException as error:
            engine.dispose()
            if isinstance(error, _FAILURES):
                self._closed_until = time.monotonic() + _PAUSE_SECONDS
            raise
        return engine

    def _failed(self, error: Exception) -> FeedbackError:
        """Log why the database failed, and pause."""
        if isinstance(error, PoolTimeoutError):  # the next ones must not wait too: a waiting thread cannot tag
            self._closed_until = max(self._closed_until, time.monotonic() + _QUEUE_SECONDS)
            return FeedbackError(f"too much feedback at once. {_RETRY}", retry_after=1)
        self._closed_until = time.monotonic() + _PAUSE_SECONDS
        _log.error("the feedback database %s failed: %s", self.name, _reason(error))
        return self._down()

    def _down(self) -> FeedbackError:
        return FeedbackError(f"the feedback database cannot be used now; the log has the reason. {_RETRY}")


def url_of(address: str) -> URL:
    """Return the address of a database as SQLAlchemy's URL, with the driver that Copydesk uses."""
    if "://" not in address:
        return URL.create("sqlite", database=address)
    url = make_url(address)
    return url if url.get_backend_name() == "sqlite" else url.set(drivername="postgresql+psycopg")


def migrate(engine: Engine) -> None:
    """Migrate the tables of a database to the newest revision, once: other programs that start now wait for that.

    Raises
    ------
    FeedbackError
        If a newer version of Copydesk made them.
    """
    with engine.connect() as connection:
        connection.execution_options(**{_READING: True})
        if _revision(connection) == HEAD:
            return
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    logging.getLogger("alembic").setLevel(logging.WARNING)  # it logs every plugin of its own
    _log.info("migrating the feedback tables to revision %s", HEAD)
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _MIGRATION_LOCK})
            connection.execute(text("SET LOCAL statement_timeout = 0"))  # an index on many rows takes long
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError:
            raise FeedbackError(
                "the feedback database was made by a newer version of Copydesk. Fix: use that version, or "
                "another database"
            ) from None


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    found: str | None = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608
    return found


def _set_pragma(connection: Any, pragma: str) -> None:
    """Set a pragma. SQLite does not wait for the lock if several connections change the journal at once, so we do."""
    until = time.monotonic() + _WAIT_SECONDS
    while True:
        try:
            connection.execute(f"PRAGMA {pragma}").close()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() >= until:
                raise
            time.sleep(0.01)
        else:
            return


def _set_durable(info: Any, execute: Callable[[str], Any], *, durable: bool) -> None:
    """Set whether a connection waits for the disk, unless its notes say that it is set already."""
    level = "FULL" if durable else "NORMAL"
    if info.get(_DURABLE, "FULL") != level:
        execute(f"PRAGMA synchronous={level}")
        info[_DURABLE] = level


def _sqlite(url: URL, connections: int) -> Engine:
    if url.database:  # it may hold unpublished texts, so only the owner may read it
        os.close(os.open(url.database, os.O_CREAT | os.O_RDWR, 0o600))
    engine = _engine(url, connections, {"timeout": _WAIT_SECONDS, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def durable(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # transactions begin in the function below
        pragmas = "journal_mode=WAL", f"wal_autocheckpoint={_LOG_PAGES}", "synchronous=FULL"
        for pragma in (*pragmas, f"busy_timeout={_WAIT_SECONDS * 1000}"):
            _set_pragma(connection, pragma)
        # its own knows ASCII letters only, and headlines are searched with it
        connection.create_function("lower", 1, lambda text: text and text.lower(), deterministic=True)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # a transaction that reads first and then writes cannot wait for another writer, so a writing one locks at once
        options = connection.get_execution_options()
        _set_durable(connection.info, connection.exec_driver_sql, durable=options.get(_DURABLE, True))
        connection.exec_driver_sql("BEGIN" if options.get(_READING) else "BEGIN IMMEDIATE")

    return engine


def _postgresql(url: URL, connections: int) -> Engine:
    milliseconds = _WAIT_SECONDS * 1000
    options = f"-c statement_timeout={milliseconds} -c lock_timeout={milliseconds} -c synchronous_commit=on"
    arguments = {"connect_timeout": _WAIT_SECONDS, "tcp_user_timeout": milliseconds, "options": options}
    engine = _engine(url, connections, arguments)

    @event.listens_for(engine, "checkout")
    def ping(connection: Any, _record: object, _proxy: object) -> None:
        try:
            with _in_time(connection):
                connection.execute("SELECT 1")
                connection.rollback()
        except Exception as error:  # whatever failed: the pool makes a new connection, and reports its error
            raise DisconnectionError(type(error).__name__) from None

    return engine


@contextmanager
def _in_time(connection: Any) -> Iterator[None]:
    """Cut a connection to PostgreSQL after too long a time: a suspended server does not keep its own time limits."""
    with socket.socket(fileno=os.dup(connection.fileno())) as end:

        def cut() -> None:
            with suppress(OSError):  # the connection has ended meanwhile
                end.shutdown(socket.SHUT_RDWR)

        timer = threading.Timer(_WAIT_SECONDS + 1, cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()


def _engine(url: URL, connections: int, arguments: dict[str, Any], **more: Any) -> Engine:
    # it logs a traceback for each connection that cannot be rolled back; `transaction` reports the cause
    logging.getLogger("sqlalchemy.pool").setLevel(logging.CRITICAL)
    return create_engine(
        url,
        connect_args=arguments,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=_QUEUE_SECONDS,
        hide_parameters=True,  # they hold texts
        json_serializer=_json,
        **more,
    )


def _json(value: Any) -> str:
    return to_json(value, inf_nan_mode="null").decode()


def _reason(error: Exception) -> str:
    """Return the kind of an error, and its message only if that cannot quote a row, which may hold a text."""
    cause = getattr(error, "orig", None) or error
    kind = type(cause).__name__
    if isinstance(error, OSError) or kind in ("OperationalError", "ConnectionTimeout"):
        return f"{kind}: {str(cause).splitlines()[0] if str(cause) else ''}"
    return kind
