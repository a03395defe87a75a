"""Partitions tagged on processes of this machine, a few at a time."""

import gc
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import active_children, get_context, parent_process
from multiprocessing.process import BaseProcess

from classifier.archive.asked import ArchiveError, TaggingOptions
from classifier.archive.cutting.partitions import Partition, RowSource
from classifier.archive.models import ArchiveModel
from classifier.archive.tagging import PartitionTagger, TaggedPartition

#: Partitions that wait for a free process.
_WAITING = 1

_tagger: PartitionTagger | None = None


def tag_on_processes(
    partitions: Iterator[Partition], model: ArchiveModel, options: TaggingOptions, workers: int
) -> Iterator[tuple[Partition, TaggedPartition]]:
    """Yield each partition with its tags, as soon as they are there. No more partitions are cut than are needed.

    Raises
    ------
    ArchiveError
        If a process was killed.
    CopydeskError
        If a partition cannot be read, or a process cannot load the model.
    """
    others = set(active_children())
    # spawned, because this process may have threads
    pool = ProcessPoolExecutor(workers, get_context("spawn"), _begin, (model, options))
    running: dict[Future[TaggedPartition], Partition] = {}
    try:
        for partition in partitions:
            running[pool.submit(_tag, partition.source)] = partition.without_rows()
            if len(running) >= workers + _WAITING:
                yield from _next(running)
        while running:
            yield from _next(running)
    except BrokenProcessPool as error:
        raise ArchiveError(
            "a worker process was killed, often because memory ran out. The finished partitions are kept. "
            "Fix: run the same command again, with fewer --workers if it happens again"
        ) from error
    finally:
        # kill them: a worker that died may still hold the lock that is needed to ask the others to end
        for worker in set(active_children()) - others:
            worker.kill()
        pool.shutdown(wait=True, cancel_futures=True)


def _next(running: dict[Future[TaggedPartition], Partition]) -> Iterator[tuple[Partition, TaggedPartition]]:
    done, _ = wait(running, return_when=FIRST_COMPLETED)
    for future in sorted(done, key=lambda future: running[future].number):
        yield running.pop(future), future.result()


def _begin(model: ArchiveModel, options: TaggingOptions) -> None:
    """Load the model in a new process, which ends with the process that made it, and not by Ctrl-C before."""
    global _tagger
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    _tagger = PartitionTagger(model.load(), options)
    gc.collect()
    gc.freeze()  # what is loaded now stays: looking through it again and again takes a tenth of the time


def _end_with(parent: BaseProcess) -> None:
    """End this process as soon as another has ended, even if that was killed."""
    parent.join()
    os._exit(1)


def _tag(source: RowSource) -> TaggedPartition:
    if _tagger is None:
        raise RuntimeError("the process did not begin")
    return _tagger.tag(source)
