"""``copydesk init``."""

import gzip
import json
import re
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import click

from classifier.commands.console import say
from classifier.commands.options import PATH
from classifier.errors import InitError, unreadable_as
from classifier.settings import SETTINGS

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

_ARTICLES = Path("training_data/articles/starter.jsonl")
_SECTIONS = Path("training_data/sections.toml")
_SETTINGS = Path("copydesk.toml")


@click.command()
@click.argument("folder", metavar="DIR", type=PATH)
def init(folder: Path) -> None:
    """Make a folder to start from: a vocabulary, settings and a sample corpus.

    Fills DIR with a starter vocabulary, 1,593 training articles and a settings file that explains every setting (all
    commented out). DIR is created if it does not exist. Existing files are never overwritten.
    """
    articles = gzip.decompress(_data("articles.jsonl.gz").read_bytes())
    contents = {
        _SECTIONS: _data("sections.toml").read_bytes(),
        _SETTINGS: settings_file().encode(),
        _ARTICLES: articles,
    }
    there = [str(folder / path) for path in contents if (folder / path).exists()]
    if there:
        verb = "exists" if len(there) == 1 else "exist"
        raise InitError(f"{', '.join(there)} already {verb}, so nothing was written. Fix: name another folder")
    with unreadable_as(InitError, f"{folder} cannot be written to"):
        for path, content in contents.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            with (folder / path).open("xb") as file:
                file.write(content)
    count = articles.count(b"\n")
    say(f"written: {folder / _SECTIONS}, the vocabulary: replace it with your own sections")
    say(f"written: {folder / _ARTICLES}, {count:,} made-up articles: replace them with your own")
    say(f"written: {folder / _SETTINGS}, every setting with its default, commented out")
    where = "" if folder.resolve() == Path.cwd() else f"cd {_quoted(folder)} && "
    say(f"Next: {where}copydesk train")
    say("Then: copydesk serve")


def _data(name: str) -> "Traversable":
    return files("classifier.commands") / "starter" / name


def _quoted(path: Path) -> str:
    text = str(path)
    return text if re.fullmatch(r"[\w./-]+", text) else "'" + text.replace("'", "'\\''") + "'"


def settings_file() -> str:
    """Return a settings file with every setting, its meaning and its default, commented out."""
    head = (
        "# Settings of Copydesk. Remove the # before a setting to change it.\n"
        "# The command line (--port) beats the environment (COPYDESK_PORT), which beats this file.\n"
        "# “copydesk settings” shows the settings in force, and where each is set.\n"
    )
    return head + "".join(f"\n# {setting.help}\n# {setting.name} = {_toml(setting.default)}\n" for setting in SETTINGS)


def _toml(value: object) -> str:
    """Return a default as TOML; JSON writes numbers, true, false and strings in the same way."""
    return json.dumps(str(value) if isinstance(value, Path) else value, ensure_ascii=False, allow_nan=False)
