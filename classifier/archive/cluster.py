"""Partitions tagged on the workers of a Dask cluster, which need neither the files of the archive nor the models."""

from collections.abc import Iterator, Mapping
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from secrets import token_hex
from typing import Any

import dask
import distributed

from classifier.archive.asked import ArchiveError, TaggingOptions
from classifier.archive.cutting.partitions import Partition, RowBlock, RowSource
from classifier.archive.models import ArchiveModel
from classifier.archive.tagging import PartitionTagger, TaggedPartition
from classifier.corpus.readers.context import Context
from classifier.dask_log import quiet_dask_log
from classifier.errors import ModelError, SettingsError, shown, unreadable_as

_CONNECT_SECONDS = 10
_GOODBYE_SECONDS = 2
#: Partitions that the cluster has at once, for each of its threads.
_FOR_EACH_THREAD = 2
#: Packages whose versions decide the bytes of the results.
_PACKAGES = ("copydesk", "pyarrow")
_LARGE_TASKS = {"distributed.admin.large-graph-warning-threshold": "1TB"}
_LOST = (OSError, TimeoutError, CancelledError, distributed.KilledWorker)

#: On a worker: where each model lies, and the tagger of each model and choice of options, once it is loaded.
_models: dict[str, ArchiveModel] = {}
_taggers: dict[tuple[str, TaggingOptions], PartitionTagger] = {}


class ModelPlugin(distributed.WorkerPlugin):
    """Brings a model to each worker of a cluster, also to one that starts later; the scheduler keeps it meanwhile.

    Another run with the same model may use it at the same time: a file that is loaded is replaced, never changed.

    Parameters
    ----------
    model : ArchiveModel
    """

    def __init__(self, model: ArchiveModel) -> None:
        self.name = f"copydesk-{model.digest}"
        self._digest, self._preferred = model.digest, model.preferred
        self._files: dict[str, bytes] = {}
        for name, folder in model.folders.items():
            with unreadable_as(ArchiveError, f"{folder} cannot be read"):
                for path in sorted(folder.iterdir()):
                    self._files[f"{name}/{folder.name}/{path.name}"] = path.read_bytes()

    def setup(self, worker: Any) -> None:
        """Write the model to the worker's own folder; it is compared with its digest when it is loaded.

        Raises
        ------
        ArchiveError
            If it cannot be written there.
        """
        root = Path(worker.local_directory) / self.name
        folders: dict[str, Path] = {}
        with unreadable_as(ArchiveError, f"the worker {worker.address} cannot store the model in {root}"):
            for name, content in self._files.items():
                path = root / name
                path.parent.mkdir(parents=True, exist_ok=True)
                partial = path.with_name(f"{path.name}-{token_hex(8)}")
                partial.write_bytes(content)
                partial.replace(path)
                folders[name.partition("/")[0]] = path.parent
        _models[self._digest] = ArchiveModel(folders, self._preferred, self._digest)


@dataclass(frozen=True)
class _Task:
    """What a worker needs besides the rows."""

    digest: str
    options: TaggingOptions
    versions: Mapping[str, str]


def tag_on_cluster(
    partitions: Iterator[Partition], model: ArchiveModel, options: TaggingOptions, context: Context, address: str
) -> Iterator[tuple[Partition, TaggedPartition]]:
    """Yield each partition with its tags, as soon as they are there. If a worker dies, another does its work.

    Raises
    ------
    SettingsError
        If no scheduler answers at the address, or it has no workers.
    ArchiveError
        If the cluster is lost, or its workers lack Copydesk or pyarrow, have other versions of them or cannot store the
        model.
    """
    # a partition travels with its task, so that the scheduler can give it to another worker
    with quiet_dask_log(), dask.config.set(_LARGE_TASKS), _client(address) as client:
        try:
            versions = {name: version(name) for name in _PACKAGES}
            _check_workers(client, versions)
            task = _Task(model.digest, options, versions)
            with _brought(client, ModelPlugin(model)):
                yield from _Cluster(client, task, context).tag(partitions)
        except ImportError as error:
            raise _lacking("a worker of the cluster", str(error.name), version("copydesk")) from error
        except _LOST as error:
            raise ArchiveError(
                f"the Dask cluster at {shown(address)}, or all of its workers, stopped responding "
                f"({type(error).__name__}). The finished partitions are kept. Fix: check the cluster, then run the "
                "same command again"
            ) from error


@contextmanager
def _brought(client: Any, plugin: ModelPlugin) -> Iterator[None]:
    """Bring a model to the workers, and let the scheduler forget it at the end, whatever that is."""
    try:
        client.register_plugin(plugin)
        yield
    finally:
        with suppress(Exception):  # the scheduler may be gone
            client.unregister_worker_plugin(plugin.name)


def _check_workers(client: Any, versions: Mapping[str, str]) -> None:
    """Check that all workers have the same versions of some packages, before anything of ours is sent to them."""
    for name, wanted in versions.items():
        found: dict[str, str | Exception] = client.run(version, name, on_error="return")
        for address, one in sorted(found.items()):
            if isinstance(one, PackageNotFoundError):
                raise _lacking(f"the worker {address}", name, versions["copydesk"])
            if isinstance(one, Exception):
                raise one
            if one != wanted:
                raise _other_version(f"the worker {address}", name, one, wanted)


def _lacking(worker: str, name: str, wanted: str) -> ArchiveError:
    return ArchiveError(
        f"{worker} lacks {name}. Fix: install Copydesk {wanted} with its extra “archive” on each worker, then restart "
        "the workers"
    )


def _other_version(worker: str, name: str, found: str, wanted: str) -> ArchiveError:
    return ArchiveError(
        f"{worker} has {name} {found}, but this machine has {wanted}. Fix: install {name} {wanted} on each worker, "
        "then restart the workers"
    )


class _Cluster:
    """Keeps the workers of a cluster busy with a few partitions each."""

    def __init__(self, client: Any, task: _Task, context: Context) -> None:
        self._client, self._task, self._context = client, task, context
        self._running: dict[Any, Partition] = {}

    def tag(self, partitions: Iterator[Partition]) -> Iterator[tuple[Partition, TaggedPartition]]:
        for partition in partitions:
            source = self._carried(partition.source)
            self._running[self._client.submit(_tag, source, self._task, pure=False)] = partition.without_rows()
            while len(self._running) >= self._most():
                yield from self._next()
        while self._running:
            yield from self._next()

    def _carried(self, source: RowSource) -> RowSource:
        if self._context.reading.label_names:  # a file that workers do not have either
            return RowBlock(tuple(source.rows(self._context)))
        return source.carried(self._context)

    def _most(self) -> int:
        threads: dict[str, int] = self._client.nthreads()
        return max(1, _FOR_EACH_THREAD * sum(threads.values()))

    def _next(self) -> Iterator[tuple[Partition, TaggedPartition]]:
        done = distributed.wait(list(self._running), return_when="FIRST_COMPLETED").done
        for future in done:
            partition = self._running.pop(future)
            yield partition, future.result()
            future.release()


def _tag(source: RowSource, task: _Task) -> TaggedPartition:
    """Tag a partition on a worker."""
    key = task.digest, task.options
    if key not in _taggers:
        worker = f"the worker {distributed.get_worker().address}"
        for name, wanted in task.versions.items():  # it may have joined after the others were checked
            if (found := version(name)) != wanted:
                raise _other_version(worker, name, found, wanted)
        if task.digest not in _models:  # another run with the same model ended just as this worker started
            raise ArchiveError(f"{worker} has not received the model. Fix: run the same command again")
        try:
            _taggers[key] = PartitionTagger(_models[task.digest].load(), task.options)
        except ModelError as error:
            raise ArchiveError(
                f"the copy of the model on {worker} is damaged: {str(error).partition(' Fix: ')[0]} Fix: restart this "
                "worker, then run the same command again"
            ) from error
    return _taggers[key].tag(source)


@contextmanager
def _client(address: str) -> Iterator[Any]:
    try:
        client = distributed.Client(address, timeout=_CONNECT_SECONDS)
    except ValueError as error:
        raise SettingsError(
            f"--scheduler: {shown(address)} is not the address of a Dask scheduler ({error}). "
            "Fix: write it as tcp://HOST:PORT"
        ) from error
    except OSError as error:
        raise SettingsError(
            f"--scheduler: no Dask scheduler answers at {shown(address)} ({error}). Fix: check the address, or start "
            "one with “dask scheduler”"
        ) from error
    try:
        try:
            client.wait_for_workers(1, timeout=_CONNECT_SECONDS)
        except TimeoutError as error:
            raise SettingsError(
                f"--scheduler: the Dask cluster at {shown(address)} has no workers. Fix: start one with “dask worker "
                f"{address}”"
            ) from error
        yield client
    finally:
        with suppress(Exception):  # there may be nobody left to say goodbye to
            client.close(timeout=_GOODBYE_SECONDS)
