"""Serve the live model over HTTP."""

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
@click.option("--check", is_flag=True, help="Verify the settings and the model, and exit.")
def main(models: Path | None, host: str | None, port: int | None, workers: int | None, check: bool) -> None:
    """Read the options, look at the model once, serve."""
    settings = Settings.load({"models": models, "host": host, "port": port, "workers": workers})
    try:
        manifest = _look(settings.models, thoroughly=check)
    except ModelError as error:
        if check:
            raise
        say(f"{error.title}: {error}")
        say("The service starts all the same, and answers 503 until a model that loads is made live.")
    else:
        n_sections = len(manifest.trained) + len(manifest.untrained)
        say(f"model {manifest.version}: {n_sections} sections, language {manifest.language}")
        if check:
            return
    from classifier.web.server import serve

    serve(settings, say)


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


if __name__ == "__main__":
    run_command(main)
