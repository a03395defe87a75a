"""``copydesk export``."""

from pathlib import Path

import click

from classifier.commands.console import say
from classifier.commands.extras import require_training
from classifier.commands.options import PATH, models_folder, models_option, set_option, version_option


@click.command()
@click.argument("file", type=PATH)
@click.option(
    "--format",
    "form",
    type=click.Choice(["sklearn"]),
    default="sklearn",
    show_default=True,
    help="Format of the file.",
)
@models_option
@set_option
@version_option
def export(
    file: Path,
    form: str,  # noqa: ARG001 - there is one
    models: Path | None,
    set_name: str | None,
    model_version: str | None,
) -> None:
    """Write a model as a scikit-learn pipeline.

    Load FILE with joblib.load. The pipeline expects cleaned text (the field “text” of “copydesk tag --explain”). Its
    decision_function returns the same scores (margins) as Copydesk. Its attribute “copydesk” holds the thresholds and
    the calibration, which turns scores into probabilities.

    Loading such a file can run code, so load only files that you trust. The service itself never loads one.
    """
    require_training()
    from classifier.store.files import read_model
    from classifier.store.registry import Registry
    from classifier.training.publishing.export import export_sklearn

    model = read_model(Registry(models_folder(models, set_name, model_version)).folder(model_version))
    export_sklearn(model, file)
    say(f"written: {file}, model {model.manifest.version} for scikit-learn")
