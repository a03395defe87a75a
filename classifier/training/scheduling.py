"""The places where work runs: threads of this machine; for a search also joblib backends or a Dask cluster."""

import sys
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from importlib import import_module

from joblib import cpu_count, parallel_config
from joblib.parallel import BACKENDS

from classifier.dask_log import quiet_dask_log
from classifier.errors import SettingsError, pip_command, shown

_GOODBYE_SECONDS = 2


def local_threads(jobs: int) -> int:
    """Return the number of threads of this machine to use: ``jobs``, or one for each core if ``jobs`` is -1.

    joblib's ``effective_n_jobs`` counts the cores of the cluster if a search runs on one.
    """
    return jobs if jobs > 0 else max(1, int(cpu_count()) + 1 + jobs)


@contextmanager
def scheduling(scheduler: str | None) -> Iterator[None]:
    """Make joblib run the trials of a search on a backend; everything else runs on threads of this machine.

    Parameters
    ----------
    scheduler : str, optional
        The name of a joblib backend (``loky``, ``threading``), or the address of a Dask scheduler, such as
        ``tcp://10.0.0.5:8786``. By default joblib's own backend, processes of this machine.

    Raises
    ------
    SettingsError
        If there is no such backend, it cannot return results one by one, or the Dask scheduler cannot be reached.
    """
    if scheduler is None:
        yield
    elif "://" in scheduler:
        with _dask(scheduler):
            yield
    else:
        named = {name: backend for name, backend in BACKENDS.items() if name != "dask"}  # that needs an address
        usable = sorted(name for name, backend in named.items() if backend().supports_return_generator)
        if scheduler not in usable:
            raise SettingsError(
                f"--scheduler is {shown(scheduler)}, which is unknown. Fix: give one of {', '.join(usable)}, "
                "or the address of a Dask scheduler, tcp://HOST:PORT"
            )
        with parallel_config(backend=scheduler):
            yield


@contextmanager
def _dask(address: str) -> Iterator[None]:
    try:
        distributed = import_module("distributed")  # an optional extra
    except ImportError:
        raise SettingsError(
            "--scheduler is the address of a Dask scheduler, but Dask is not installed. "
            f"Fix: run {pip_command('archive')}"
        ) from None
    with quiet_dask_log():
        try:
            client = distributed.Client(address, timeout="10s")
        except (OSError, ValueError) as error:
            raise SettingsError(
                f"--scheduler: no Dask scheduler answers at {shown(address)} ({error}). Fix: check it, or start one"
            ) from error
        try:
            with parallel_config(backend="dask"):
                yield
        finally:
            with suppress(Exception):  # there may be nobody left to say goodbye to
                client.close(timeout=_GOODBYE_SECONDS)


def is_cluster_lost(error: Exception) -> bool:
    """Return whether a search failed with an error because its Dask scheduler, or the workers of that, are gone."""
    if "distributed" not in sys.modules:
        return False
    killed: type[Exception] = sys.modules["distributed"].KilledWorker
    return isinstance(error, (OSError, TimeoutError, CancelledError, killed))
