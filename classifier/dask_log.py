"""The log of Dask, for commands that run on a cluster."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet_dask_log() -> Iterator[None]:
    """Keep the log of Dask from the terminal: it has a traceback for each attempt to reach a scheduler again."""
    names = [name for name in logging.root.manager.loggerDict if name.partition(".")[0] == "distributed"]
    before = {logger: logger.level for logger in map(logging.getLogger, names)}
    for logger in before:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in before.items():
            logger.setLevel(level)
