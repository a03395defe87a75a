"""``copydesk serve``."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from classifier.commands.console import say
from classifier.commands.options import all_settings, service_options
from classifier.errors import ModelError

if TYPE_CHECKING:
    from classifier.settings import Settings
    from classifier.store.manifest import Manifest


@click.command()
@service_options
@click.option("--check", is_flag=True, help="Only verify settings, keys, webhooks, address and models, then exit.")
def serve(check: bool, **given: object) -> None:
    """Serve the live model over HTTP.

    Each option can also be set in the environment (COPYDESK_PORT) or in the settings file (port = 8000); “copydesk
    settings” lists all settings; some have no option here.
    """
    from classifier.terms.compiler import put_off

    put_off()  # before anything is imported that compiles: the service answers while the rest is compiled
    settings = all_settings(given)
    if settings.webhooks:
        from classifier.service.http.sources import load_sources

        load_sources(Path(settings.webhooks))
    if check:
        _check(settings)
        return
    from classifier.service.process.memory import keep_one_heap

    keep_one_heap()
    try:
        say(_describe(_read(settings.models)))
    except ModelError as error:
        say(f"{error.title}: {error}")
        say(
            "The service starts anyway, and answers 503 until a usable model is live. Fix: run “copydesk train”, or "
            "“copydesk models promote VERSION”"
        )
    from classifier.service.serve import serve as answer

    answer(settings, say)


def _check(settings: "Settings") -> None:
    """Verify what a start needs beyond settings and keys: the address, the model and the shadow."""
    from classifier.service.app import create_app
    from classifier.service.guard.doors import refuse_open_doors
    from classifier.service.process.live import load_probed
    from classifier.service.process.sockets import would_listen_at
    from classifier.store.registry import Registry

    host, taken = would_listen_at(settings.host, settings.port)
    refuse_open_doors(replace(settings, host=host))
    create_app(replace(settings, host=host))  # checks the settings that only the app reads: origins, rate_store
    registry = Registry(settings.models)
    tagger = load_probed(registry, registry.folder().name)
    if settings.shadow:
        load_probed(registry, settings.shadow)
    say(_describe(tagger.manifest))
    if taken:  # as it is under systemd, which holds the port and passes it to the service alone
        say(
            f"another program listens at host {settings.host}, port {settings.port}. This is expected if it is systemd "
            "or the service that this one replaces. Fix: if it is neither, stop it, or choose another port with --port"
        )
    say("settings, keys, address and models are in order")


def _read(models: Path) -> "Manifest":
    """Verify every byte of the live model. This process answers no request, so it does not score with it."""
    from classifier.store.files import read_model
    from classifier.store.registry import Registry

    return read_model(Registry(models).folder()).manifest


def _describe(manifest: "Manifest") -> str:
    n_sections = len(manifest.trained) + len(manifest.untrained)
    return f"model {manifest.version}: {n_sections} sections, language {manifest.language}"
