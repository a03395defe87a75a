"""``python -m benchmarks``: each subcommand measures one thing."""

import click

from benchmarks.archive import archive
from benchmarks.choices import choices
from benchmarks.coverage import coverage
from benchmarks.doctor import doctor
from benchmarks.door import door
from benchmarks.faults import faults
from benchmarks.few import few
from benchmarks.fit import fit
from benchmarks.held_out import held_out
from benchmarks.http import http
from benchmarks.kappa import kappa
from benchmarks.languages.command import languages
from benchmarks.languages.same_figures import same_figures
from benchmarks.lengths import lengths
from benchmarks.oversized import oversized
from benchmarks.protocols import protocols
from benchmarks.resident import memory
from benchmarks.reuters import reuters
from benchmarks.rivals.command import rivals
from benchmarks.scale import scale
from benchmarks.sections import sections
from benchmarks.soak import soak
from benchmarks.speed import speed
from benchmarks.suggestions import suggestions
from benchmarks.taught import taught
from benchmarks.voice import voice
from benchmarks.wxr import wxr


@click.group()
def commands() -> None:
    """Measure Copydesk on this machine."""


commands.add_command(archive)
commands.add_command(choices)
commands.add_command(coverage)
commands.add_command(doctor)
commands.add_command(door)
commands.add_command(faults)
commands.add_command(few)
commands.add_command(fit)
commands.add_command(http)
commands.add_command(held_out)
commands.add_command(kappa)
commands.add_command(languages)
commands.add_command(lengths)
commands.add_command(memory)
commands.add_command(oversized)
commands.add_command(protocols)
commands.add_command(reuters)
commands.add_command(rivals)
commands.add_command(same_figures)
commands.add_command(scale)
commands.add_command(sections)
commands.add_command(soak)
commands.add_command(speed)
commands.add_command(suggestions)
commands.add_command(taught)
commands.add_command(voice)
commands.add_command(wxr)

if __name__ == "__main__":
    commands()
