"""The service from its start to its end: sockets, a private folder, and a supervisor with its workers."""

import gc
import importlib
import logging.config
import os
import sys
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path

from classifier.errors import ModelError
from classifier.language_codes import language_code
from classifier.routing.detecting import load_detector
from classifier.service.guard.doors import refuse_open_doors
from classifier.service.logs import LOGGING
from classifier.service.process.compiling import compiled_meanwhile
from classifier.service.process.folder import own_run_folder
from classifier.service.process.sockets import bound_address, listening_sockets
from classifier.service.process.supervisor import Supervisor
from classifier.service.process.worker import most_connections
from classifier.settings import Settings
from classifier.store.registry import Registry
from classifier.store.sets import set_folders

UNEXPECTED = 3  # the exit code of every command for an unexpected end
APP = "classifier.service.app:create_app"
FEW_CONNECTIONS = 1_000


def serve(settings: Settings, say: Callable[[str], None], app: str = APP) -> None:
    """Serve until told to stop. If no worker starts, end the program with code 3.

    Parameters
    ----------
    settings : Settings
    say : callable
        Takes the few lines for the person who started it.
    app : str
        Module and factory of what answers.

    Raises
    ------
    SettingsError
        If the address cannot be listened at, or anybody could call the service there without a key.
    KeysError
        If the keys file cannot be used.
    """
    with ExitStack() as held:
        sockets = listening_sockets(settings.host, settings.port)
        for each in sockets:
            held.enter_context(each)
            each.setblocking(False)
        host, port = bound_address(sockets)
        settings = replace(settings, host=host, port=port)  # what is really there: systemd may have chosen another
        refuse_open_doors(settings)
        held.enter_context(own_run_folder())
        os.environ.update(settings.to_environment())  # the workers read their settings from there
        logging.config.dictConfig(LOGGING)
        module, _, factory = app.partition(":")
        make = getattr(importlib.import_module(module), factory)  # once for all: workers share its memory
        language_code("fr")  # loads its tables; likewise
        held.enter_context(compiled_meanwhile())
        _load_detector(settings)
        supervisor = Supervisor(make, settings, sockets)
        gc.collect()
        gc.freeze()  # nobody looks for garbage among what is shared: each worker would get its own copy by looking
        if (most := most_connections()) < FEW_CONNECTIONS:
            say(
                f"each worker holds at most {most} connections, because the service may open few files. Fix: raise the "
                "limit to 8192 (LimitNOFILE=8192 in the systemd unit, or “ulimit -n 8192” before the start)"
            )
        address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        say(f"answering at {address}/v1/tags; the desk for editors is at {address}/")
        if not supervisor.run():
            sys.exit(UNEXPECTED)


def _load_detector(settings: Settings) -> None:
    """Load the detector of languages, if the sets of models need one; workers share its memory."""
    languages: set[str] = set()
    folders: list[Path] = []
    with suppress(ModelError):  # the workers report what is wrong
        folders += set_folders(settings.models, live=True).values()
    for registry in map(Registry, folders if len(folders) > 1 else ()):
        with suppress(ModelError):
            languages |= set(registry.manifest(registry.folder().name).languages)
    load_detector(languages)
