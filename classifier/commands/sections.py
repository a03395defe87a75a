"""``copydesk sections``."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from classifier.commands.console import say
from classifier.commands.options import PATH, sections_option
from classifier.commands.reading import asked_reading, reading_options

if TYPE_CHECKING:
    from classifier.corpus.drafting.candidates import Draft
    from classifier.sections import Section


@click.command()
@sections_option
@click.option(
    "--from",
    "files",
    type=PATH,
    multiple=True,
    metavar="FILE",
    help="Draft a vocabulary from the labels of this file, folder or quoted glob, and print it as TOML; may be given "
    "several times. Reads the formats that “copydesk train” reads.",
)
@click.option(
    "--from-vocabulary",
    "vocabulary",
    type=PATH,
    metavar="FILE",
    help="Convert a vocabulary, and print it as TOML: SKOS (.ttl, .rdf, .jsonld), the IPTC's Media Topics (.json), or "
    "a CSV table with the columns id, name, aliases, parent, group.",
)
@click.option(
    "--language",
    metavar="CODE",
    help="Language of the names, if a vocabulary or an export has several.  [default: en, or else the first]",
)
@reading_options
@click.option(
    "--from-wxr",
    "export",
    type=PATH,
    metavar="FILE",
    help="Draft a vocabulary from a WordPress export. --from does the same.",
)
@click.argument("more_files", nargs=-1, type=PATH)
def sections(
    sections: Path,
    files: tuple[Path, ...],
    vocabulary: Path | None,
    language: str | None,
    export: Path | None,
    more_files: tuple[Path, ...],
) -> None:
    """List the vocabulary, or draft one.

    The vocabulary is the list of sections that an article may get. You can name more files after
    --from FILE.
    """
    if export:
        files = (*files, export)
    if more_files and not files:
        raise click.UsageError("files were named without --from. Fix: write “copydesk sections --from FILE”")
    if export and len(files) > 1:
        raise click.UsageError("--from and --from-wxr cannot be used together. Fix: give all files to --from")
    if vocabulary and files:
        raise click.UsageError("--from and --from-vocabulary cannot be used together. Fix: leave out one of them")
    if vocabulary:
        from classifier.corpus.drafting.thesaurus import read_vocabulary

        _print_draft(read_vocabulary(vocabulary, language))
    elif files:
        from classifier.corpus.drafting.archives import draft_sections
        from classifier.corpus.readers import Reading

        asked = asked_reading()
        if export:
            asked["format"] = "wordpress-export"
        _print_draft(draft_sections((*files, *more_files), Reading(**asked, language=language)))
    else:
        _list(sections)


def _print_draft(draft: "Draft") -> None:
    for note in draft.notes:
        say(note)
    click.echo(draft.to_toml(), nl=False)


def _list(path: Path) -> None:
    from classifier.commands.tables import print_table
    from classifier.sections import Sections

    sections = Sections.load(path)
    parent = ("parent",) if any(section.parent for section in sections) else ()
    needs = ("needs",) if any(section.needs for section in sections) else ()
    rows = [
        (
            section.id,
            section.name,
            section.group,
            *((section.parent or "",) if parent else ()),
            *((_needs(section),) if needs else ()),
            section.status,
            ", ".join(section.aliases),
        )
        for section in sections
    ]
    head = ("id", "name", "group", *parent, *needs, "status", "also written")
    print_table(head, rows, n_text_columns=len(head), wrap_last=True)


def _needs(section: "Section") -> str:
    needs = section.needs
    return f"{needs.group or needs.section} {needs.apply:g}" if needs is not None else ""
