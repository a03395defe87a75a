"""``copydesk sections``."""

from pathlib import Path

import click

from classifier.commands.options import PATH, sections_option


@click.command()
@sections_option
@click.option(
    "--from-wxr",
    "export",
    type=PATH,
    help="Draft a vocabulary from the categories of this WordPress export instead, as TOML on standard output.",
)
def sections(sections: Path, export: Path | None) -> None:
    """List the vocabulary, or draft one.

    The vocabulary is the list of sections that an article may get.
    """
    if export:
        from classifier.corpus.draft import draft_sections

        click.echo("\n".join(section.to_toml() for section in draft_sections(export)), nl=False)
        return
    from classifier.commands.tables import print_table
    from classifier.sections import Sections

    rows = [
        (section.id, section.name, section.group, section.status, ", ".join(section.aliases))
        for section in Sections.load(sections)
    ]
    print_table(("id", "name", "group", "status", "also written"), rows, n_text_columns=5, wrap_last=True)
