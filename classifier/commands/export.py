"""The command that takes a model out of Copydesk."""

from pathlib import Path

import click

from classifier.commands.console import say
from classifier.settings import Settings

_PATH = click.Path(path_type=Path)


@click.command()
@click.argument("file", type=_PATH)
@click.option("--format", "form", type=click.Choice(["sklearn"]), default="sklearn", show_default=True)
@click.option("--models", type=_PATH, help="Folder of the trained models.  [default: models]")
@click.option("--version", "model_version", help="Model version.  [default: the live one]")
def export(file: Path, form: str, models: Path | None, model_version: str | None) -> None:  # noqa: ARG001 - there is one
    """Write a model to FILE as a scikit-learn pipeline with the same margins, to be loaded with joblib.

    It takes cleaned texts, as --explain gives them. Thresholds and calibration stand in its attribute ``copydesk``.
    A file of this kind can run code when it is loaded: the service never loads one.
    """
    from classifier.store.files import read_model
    from classifier.store.registry import Registry
    from classifier.training.publishing.export import export_sklearn

    model = read_model(Registry(Settings.load({"models": models}).models).folder(model_version))
    export_sklearn(model, file)
    say(f"written: {file}, model {model.manifest.version} for scikit-learn")
