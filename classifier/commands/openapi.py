"""``copydesk openapi``."""

import json
import logging
import os
from pathlib import Path

import click

from classifier.settings import Settings


@click.command()
@click.option(
    "--examples",
    "models",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Print example requests instead, with the answers of the live model in this folder.",
)
def openapi(models: Path | None) -> None:
    """Print the contract of the service as an OpenAPI document.

    It describes every route, field and error, as JSON on standard output. The settings do not change it.
    """
    from classifier.service.app import create_app
    from classifier.service.http.openapi import document, examples_answered

    if not models:  # the contract needs no model, so nobody has to know that there is none
        logging.getLogger("classifier.service.process.live").setLevel(logging.CRITICAL)
    nothing = Path(os.devnull)  # the contract does not depend on anybody's settings or keys
    app = create_app(Settings.load({"models": models, "keys": nothing / "keys", "access_log": "no"}, {}, nothing))
    shown = examples_answered(app) if models else document(app)
    click.echo(json.dumps(shown, ensure_ascii=False, indent=1, allow_nan=False))
