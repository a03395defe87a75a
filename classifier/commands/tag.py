"""``copydesk tag``."""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from classifier.commands.console import say
from classifier.commands.options import models_option, setting, version_option
from classifier.errors import InvalidInputError, MalformedInputError

if TYPE_CHECKING:
    from classifier.request import TagRequest


@click.command()
@models_option
@version_option
@click.option("--explain", is_flag=True, help="Add the words for and against each tag, and the cleaned text.")
@click.option("--all", "all_", is_flag=True, help="Also list the sections whose probability is below their threshold.")
@click.option("--page", is_flag=True, help="Each file is one article as plain text or HTML, not JSON Lines.")
@click.argument("files", nargs=-1, type=click.File("rb"))
def tag(
    models: Path | None,
    model_version: str | None,
    explain: bool,
    all_: bool,
    page: bool,
    files: tuple[IO[bytes], ...],
) -> None:
    """Tag articles from files or standard input.

    Reads JSON Lines (one article as a JSON object on each line) from FILES, or from standard input if there are none or
    “-” is given. Writes one JSON answer a line to standard output, in the form of POST /v1/tags. A line that is not an
    article is reported on standard error with its number; the others are tagged, and the exit code is 2.
    """
    from classifier.tagger import Tagger

    tagger = Tagger.load(setting("models", models), model_version)
    bad = 0
    for file in files or (sys.stdin.buffer,):
        for number, data in _inputs(file, page):
            try:
                request = _request(data, page)
                answer = tagger.tag(request, request.choice(explain=explain, all=all_))
            except (InvalidInputError, MalformedInputError) as error:
                bad += 1
                say(f"{file.name}:{number}: {error}")
            else:
                click.echo(json.dumps(answer.to_json(), ensure_ascii=False))
    if bad:
        say(f"{bad:,} articles could not be tagged. Fix: correct the lines named above, and tag them again")
        raise click.exceptions.Exit(2)


def _inputs(file: IO[bytes], page: bool) -> Iterable[tuple[int, bytes]]:
    return [(1, file.read())] if page else enumerate(file, 1)


def _request(data: bytes, page: bool) -> "TagRequest":
    from classifier.request import TagRequest

    if not page:
        return TagRequest.read(data)
    try:
        return TagRequest.read({"body": data.decode("utf-8")})
    except UnicodeDecodeError as error:
        raise MalformedInputError(f"the text is not UTF-8 at byte {error.start:,}. Fix: save it as UTF-8") from None
