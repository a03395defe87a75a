"""``copydesk``: the program. Each command's module is imported when the command is called, so that --help is quick."""

import importlib
from pathlib import Path
from typing import NoReturn

import click

from classifier.commands.options import CONFIG
from classifier.commands.running import run_command

#: Each command with its module, the name of the command in it, and its line in the list of commands.
COMMANDS: dict[str, tuple[str, str, str]] = {
    "init": ("init", "init", "Make a folder to start from: a vocabulary, settings and a sample corpus."),
    "settings": ("settings", "settings", "Show every setting, its default, and where it is set."),
    "train": ("train", "train", "Train a model on labelled articles and make it live if it is not worse."),
    "check": ("check", "check", "Check whether labelled articles can be trusted."),
    "curve": ("curve", "curve", "Show whether more training articles would improve the model."),
    "evaluate": ("evaluate", "evaluate", "Measure a model on labelled articles that it has not seen."),
    "compare": ("compare", "compare", "Compare two versions of a model on labelled articles."),
    "doctor": ("doctor", "doctor", "Propose sections to merge, split, add or retire, or that need more stories."),
    "coverage": ("coverage", "coverage", "Estimate how much of an archive belongs to each section, month by month."),
    "models": ("models", "models", "List the versions of the model, and change which one is live."),
    "export": ("export", "export", "Write a model as a scikit-learn pipeline."),
    "sections": ("sections", "sections", "List the vocabulary, or draft one."),
    "tag": ("tag", "tag", "Tag articles from files or standard input."),
    "archive": ("archive", "archive", "Tag an archive of any size into Parquet files."),
    "label": ("label", "label", "Have a decision model label articles that nobody has labelled."),
    "sample": ("sample", "sample", "Draw the articles that a person should label first."),
    "agreement": ("agreement", "agreement", "Show what became of the suggestions."),
    "forget": ("forget", "forget", "Erase kept suggestions, feedback and call-backs."),
    "serve": ("serve", "serve", "Serve the live model over HTTP."),
    "warm": ("warm", "warm", "Compile what the service needs, so that its first start is as quick as any other."),
    "keys": ("keys", "keys", "List, create and revoke API keys."),
    "openapi": ("openapi", "openapi", "Print the contract of the service as an OpenAPI document."),
}

HELP_OPTIONS = ["-h", "--help"]


class LazyGroup(click.Group):
    """A group that knows its commands by name, and imports one when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click passes it
        """Return the names in the order of the table: the order in which a newcomer needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click passes it
        """Return a command, or None if there is none of this name."""
        return load(cmd_name) if cmd_name in COMMANDS else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as above
        """Write the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, _, line) in COMMANDS.items()])


def load(name: str) -> click.Command:
    """Return a command from its module."""
    module, attribute, _ = COMMANDS[name]
    command: click.Command = getattr(importlib.import_module(f"classifier.commands.{module}"), attribute)
    command.context_settings.setdefault("help_option_names", HELP_OPTIONS)  # train.py has no group to inherit them from
    return command


def _version(context: click.Context, _option: click.Parameter, asked: bool) -> None:
    if asked and not context.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"copydesk {version('copydesk')}")
        context.exit()


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": HELP_OPTIONS},
    epilog="“copydesk COMMAND --help” explains a command. Data goes to standard output, messages to standard error. "
    "Exit codes: 0 done, 1 the checks found an error or the new model was not made live, 2 bad input or usage, "
    "3 an unexpected error, 130 interrupted.",
)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version.")
@click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The settings file.  [default: the file that the environment variable COPYDESK_CONFIG names, or "
    "else copydesk.toml in the working directory]",
)
@click.pass_context
def commands(context: click.Context, config: Path | None) -> None:
    """Copydesk tags news articles with the sections of the site that publishes them."""
    if config is not None:
        context.meta[CONFIG] = config


def main(name: str | None = None) -> NoReturn:
    """Run the command line, or the one command that is named, as train.py and service.py do."""
    run_command(commands if name is None else load(name))


if __name__ == "__main__":
    main()
