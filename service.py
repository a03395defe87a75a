"""Serve the live model over HTTP."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from classifier.commands.console import run_command, say
from classifier.errors import ModelError
from classifier.settings import BY_NAME, Settings

if TYPE_CHECKING:
    from classifier.store.manifest import Manifest


@click.command(help=__doc__)
@click.option(
    "--models",
    type=click.Path(path_type=Path),
    help=f"{BY_NAME['models'].help}  [default: {BY_NAME['models'].default}]",
)
@click.option("--host", help=f"{BY_NAME['host'].help}  [default: {BY_NAME['host'].default}]")
@click.option("--port", type=int, help=f"{BY_NAME['port'].help}  [default: {BY_NAME['port'].default}]")
@click.option("--workers", type=int, help=f"{BY_NAME['workers'].help}  [default: {BY_NAME['workers'].default}]")
@click.option(
    "--keys", type=click.Path(path_type=Path), help=f"{BY_NAME['keys'].help}  [default: {BY_NAME['keys'].default}]"
)
@click.option("--allow-anonymous", is_flag=True, default=None, help=BY_NAME["allow_anonymous"].help)
@click.option("--check", is_flag=True, help="Verify settings, keys, webhooks, address and models, and exit.")
def main(check: bool, **given: object) -> None:
    """Read the options, look at the model once, serve if the sockets let nobody in who should stay out."""
    settings = Settings.load(given)
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
        say("The service starts all the same, and answers 503 until a model that loads is made live.")
    from classifier.service.serve import serve

    serve(settings, say)


def _check(settings: Settings) -> None:
    """Go through what a start needs beyond settings and keys: the address, the model and the shadow."""
    from classifier.service.app import create_app
    from classifier.service.guard.access import refuse_open_doors
    from classifier.service.process.live import load_probed
    from classifier.service.process.sockets import would_listen_at
    from classifier.store.registry import Registry

    host, taken = would_listen_at(settings.host, settings.port)
    refuse_open_doors(replace(settings, host=host))
    create_app(replace(settings, host=host))  # what only the app looks at: origins, where calls are counted
    registry = Registry(settings.models)
    tagger = load_probed(registry, registry.folder().name)
    if settings.shadow:
        load_probed(registry, settings.shadow)
    say(_describe(tagger.manifest))
    if taken:  # as it must be where systemd holds the port, which it passes on to the service itself only
        say(
            f"another program listens at host {settings.host}, port {settings.port}; if it is neither systemd nor the "
            "service that this one replaces, stop it or choose another port"
        )
    say("settings, keys, address and models are in order")


def _read(models: Path) -> "Manifest":
    """Verify every byte of the current model. This process, which answers no request, does not score with it."""
    from classifier.store.files import read_model
    from classifier.store.registry import Registry

    return read_model(Registry(models).folder()).manifest


def _describe(manifest: "Manifest") -> str:
    n_sections = len(manifest.trained) + len(manifest.untrained)
    return f"model {manifest.version}: {n_sections} sections, language {manifest.language}"


if __name__ == "__main__":
    run_command(main)
