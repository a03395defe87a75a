"""``copydesk export``."""

from pathlib import Path

import click

from classifier.commands.console import say
from classifier.commands.extras import require_training
from classifier.commands.options import PATH, models_option, setting, version_option


@click.command()
@click.argument("file", type=PATH)
@click.option("--format", "form", type=click.Choice(["sklearn"]), default="sklearn", show_default=True)
@models_option
@version_option
def export(file: Path, form: str, models: Path | None, model_version: str | None) -> None:  # noqa: ARG001 - there is one
    """Write a model as a scikit-learn pipeline.

    FILE is for joblib.load. The pipeline takes cleaned texts, as --explain gives them, and gives the same margins as
    Copydesk. Its attribute ``copydesk`` holds thresholds and calibration. A file of this kind can run code when it is
    loaded; the service never loads one.
    """
    require_training()
    from classifier.store.files import read_model
    from classifier.store.registry import Registry
    from classifier.training.publishing.export import export_sklearn

    model = read_model(Registry(setting("models", models)).folder(model_version))
    export_sklearn(model, file)
    say(f"written: {file}, model {model.manifest.version} for scikit-learn")
