"""Serve the live model over HTTP."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from classifier.console import run_command, say
from classifier.errors import ModelError
from classifier.settings import BY_NAME, Settings

if TYPE_CHECKING:
    from classifier.model.manifest import Manifest


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
@click.option("--check", is_flag=True, help="Verify the settings and the model, and exit.")
def main(check: bool, **given: object) -> None:
    """Read the options, see who may call, look at the model once, serve."""
    from classifier.web.access import refuse_open_doors

    settings = Settings.load(given)
    refuse_open_doors(settings)
    try:
        manifest = _look(settings.models, thoroughly=check)
    except ModelError as error:
        if check:
            raise
        say(f"{error.title}: {error}")
        say("The service starts all the same, and answers 503 until it is restarted with a model that loads.")
    else:
        n_sections = len(manifest.trained) + len(manifest.untrained)
        say(f"model {manifest.version}: {n_sections} sections, language {manifest.language}")
        if check:
            return
    _serve(settings)


def _look(models: Path, *, thoroughly: bool) -> "Manifest":
    """Verify every byte of the current model; thoroughly: have it score a probe too, as each worker does for itself."""
    from classifier.model.files import read_model
    from classifier.model.registry import Registry

    model = read_model(Registry(models).folder())
    if thoroughly:  # otherwise this process, which answers no request, does without the compiled code
        from classifier.model.tagger import Tagger
        from classifier.web.live import probe

        probe(Tagger(model))
    return model.manifest


def _serve(settings: Settings) -> None:
    from granian.constants import Interfaces
    from granian.server import Server

    os.environ.update(settings.to_environment())  # worker processes read their settings from there
    say(f"answering at http://{settings.host}:{settings.port}/v1/tags")
    Server(
        "classifier.web:create_app",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.workers,
        # scoring holds a thread for well under a millisecond, but a slow client holds one while its body arrives
        blocking_threads=32,
        websockets=False,
        factory=True,
        log_access=False,
        respawn_failed_workers=True,
    ).serve()


if __name__ == "__main__":
    run_command(main)
