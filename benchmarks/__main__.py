"""``python -m benchmarks``: each subcommand measures one thing, in a process of its own."""

import click

from benchmarks.kappa import kappa
from benchmarks.wxr import wxr


@click.group()
def commands() -> None:
    """Measure Copydesk on this machine."""


commands.add_command(kappa)
commands.add_command(wxr)

if __name__ == "__main__":
    commands()
