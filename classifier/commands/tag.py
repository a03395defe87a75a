"""``copydesk tag``."""

import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from classifier.commands.console import say
from classifier.commands.options import PATH, models_option, set_option, setting, version_option
from classifier.commands.reading import article_options, asked_reading
from classifier.errors import CopydeskError, CorpusError, InvalidInputError, MalformedInputError, unreadable_as

if TYPE_CHECKING:
    from classifier.answer import Answer
    from classifier.commands.answer_files import AnswerWriter
    from classifier.corpus.readers import Reading
    from classifier.corpus.unlabelled import Unlabelled
    from classifier.request import TagRequest
    from classifier.routing.set_tagger import SetTagger

_STDIN = "-"
#: Articles of a file that are tagged at once.
_BATCH = 256
_MAX_NAMED = 5
_ANY_LABELS = {"ignore_unknown": True, "machine_labels": True, "all_unlabelled": True}
#: Suffixes of files that hold articles to learn from, or else articles in the form of POST /v1/tags.
_JSON = frozenset({".jsonl", ".ndjson", ".json"})
_MAY_HOLD_REQUESTS = _JSON | {".txt"}


def _to(context: click.Context, option: click.Parameter, value: Path | None) -> Path | None:
    if value is not None and value.suffix.lower() not in (".jsonl", ".csv", ".parquet"):
        problem = "must end in .jsonl, .csv or .parquet: the ending decides the format"
        raise click.BadParameter(problem, context, option)
    return value


@click.command()
@models_option
@set_option
@version_option
@click.option("--explain", is_flag=True, help="Add the words for and against each tag, and the cleaned text.")
@click.option("--all", "all_", is_flag=True, help="Also list the sections whose probability is below their threshold.")
@click.option("--page", is_flag=True, help="Each file is one article as plain text or HTML.")
@click.option(
    "--to",
    type=PATH,
    callback=_to,
    metavar="FILE",
    help="Write the answers to this file: .jsonl, .csv or .parquet. An earlier file stays until all are written.  "
    "[default: JSON Lines on standard output]",
)
@article_options
@click.argument("files", nargs=-1, type=PATH)
def tag(
    models: Path | None,
    set_name: str | None,
    model_version: str | None,
    explain: bool,
    all_: bool,
    page: bool,
    to: Path | None,
    files: tuple[Path, ...],
) -> None:
    """Tag articles from files or standard input.

    FILES: files, folders or quoted globs of every kind that “copydesk train” reads; labels in them are ignored.
    Without FILES, or for “-”, it reads JSON Lines from standard input: one article as a JSON object on each line.

    If --models has several sets of models, the field “set” of an article chooses the set, or else its language.

    Writes one JSON answer a line to standard output, in the form of POST /v1/tags, or a file with --to. An article that
    cannot be tagged is reported on standard error with its file and line; the others are tagged, and the exit code is
    2.
    """
    from classifier.commands.answer_files import answers_to
    from classifier.corpus.readers import Reading
    from classifier.routing.set_tagger import SetTagger

    if explain and to and to.suffix.lower() != ".jsonl":
        raise click.UsageError("--explain needs JSON Lines. Fix: give --to a name that ends in .jsonl, or leave it out")
    for file in files:
        _check_that_it_exists(file)
    preferred = setting("preferred_sets").split()
    tagger = SetTagger.load(setting("models", models), set_name, model_version, preferred)
    # nothing is wrong with an article because of its labels: they are not used
    reading = Reading(**asked_reading() | _ANY_LABELS)
    with ExitStack() as stack:
        writer = stack.enter_context(answers_to(to)) if to else _StandardOutput()
        run = _Run(tagger, writer, explain, all_)
        for file in files or (Path(_STDIN),):
            run.tag(file, page, reading)
    run.report()
    if to:
        say(f"{run.n_tagged:,} {'answer was' if run.n_tagged == 1 else 'answers were'} written to {to}")
    if run.n_bad:
        articles = "1 article" if run.n_bad == 1 else f"{run.n_bad:,} articles"
        say(f"{articles} could not be tagged. Fix: correct the lines named above, and tag them again")
        raise click.exceptions.Exit(2)


def _check_that_it_exists(file: Path) -> None:
    if str(file) != _STDIN and not any(sign in str(file) for sign in "*?["):
        with unreadable_as(ArticlesFileError, f"{file} cannot be read"):
            file.stat()


class ArticlesFileError(CopydeskError):
    """A file of articles to tag that cannot be read."""

    title = "The articles cannot be read"
    slug = "articles-file"


class _StandardOutput:
    """Answers as JSON Lines on standard output."""

    def write(self, file: str, line: int, answer: "Answer") -> None:  # noqa: ARG002 - only tables name the place
        click.echo(json.dumps(answer.to_json(), ensure_ascii=False, allow_nan=False))


class _Run:
    """Tags one file after the other, and counts what cannot be tagged."""

    def __init__(self, tagger: "SetTagger", writer: "AnswerWriter", explain: bool, all_: bool) -> None:
        self._tagger, self._writer = tagger, writer
        self._explain, self._all = explain, all_
        self.n_tagged = self.n_bad = self._n_labelled = 0
        self._left_out: defaultdict[str, list[str]] = defaultdict(list)
        self._without = Counter[str]()

    def tag(self, path: Path, page: bool, reading: "Reading") -> None:
        """Tag the articles of a file, a folder, a glob, or standard input."""
        if str(path) == _STDIN:
            self._tag_requests("<stdin>", sys.stdin.buffer, page)
        elif page or (not reading.format and _holds_requests(path)):
            with unreadable_as(MalformedInputError, f"{path} cannot be read"), path.open("rb") as file:
                self._tag_requests(str(path), file, page)
        else:
            self._tag_articles(path, reading)

    def _tag_requests(self, name: str, file: IO[bytes], page: bool) -> None:
        """Tag articles in the form of POST /v1/tags, each as soon as its line is there."""
        for number, data in [(1, file.read())] if page else enumerate(file, 1):
            try:
                request = _request(data, page)
                answer = self._tagger.tag(request, request.choice(explain=self._explain, all=self._all))
            except (InvalidInputError, MalformedInputError) as error:
                self._refuse(f"{name}:{number}", str(error))
            else:
                self._write(name, number, answer)

    def _tag_articles(self, path: Path, reading: "Reading") -> None:
        """Tag articles in any form that training reads, a batch at a time."""
        from classifier.corpus.readers.rows import LeftOut, Note
        from classifier.corpus.unlabelled import Unlabelled, Untaggable, read_unlabelled

        def usable() -> "Iterator[Unlabelled]":
            for item in read_unlabelled([path], self._tagger.sections, reading):
                match item:
                    case Unlabelled():
                        yield item
                    case Untaggable():
                        self._refuse(str(item.place), item.detail)
                    case LeftOut():
                        self._left_out[item.what].append(str(item.place))
                    case Note():
                        say(f"{item.place}: {item.message}")

        articles = usable()
        try:
            while batch := list(islice(articles, _BATCH)):
                self._tag_batch(batch)
        except CorpusError as error:
            raise ArticlesFileError(str(error)) from error

    def _tag_batch(self, batch: "list[Unlabelled]") -> None:
        from classifier.corpus.readers.rows import WITHOUT
        from classifier.corpus.unlabelled import tag_each
        from classifier.request import Choice

        self._n_labelled += sum(item.has_labels for item in batch)
        self._without.update(WITHOUT.format(name) for item in batch for name in item.without)
        choice = Choice(explain=self._explain, all=self._all)
        answers = tag_each(self._tagger, [item.article for item in batch], choice)
        for item, answer in zip(batch, answers, strict=True):
            if isinstance(answer, InvalidInputError):
                self._refuse(str(item.place), str(answer))
            else:
                self._write(str(item.place.file), item.place.line, answer)

    def _write(self, file: str, line: int, answer: "Answer") -> None:
        self._writer.write(file, line, answer)
        self.n_tagged += 1

    def _refuse(self, place: str, reason: str) -> None:
        say(f"{place}: {reason}")
        self.n_bad += 1

    def report(self) -> None:
        """Report what was left out, and labels that were not read."""
        for what, places in self._left_out.items():
            named = ", ".join(places[:_MAX_NAMED]) + (" ..." if len(places) > _MAX_NAMED else "")
            say(f"left out ({len(places):,}): {what} ({named})")
        for what, n in self._without.items():
            say(f"{what}: {n:,}")
        if self._n_labelled:
            articles = "1 article has" if self._n_labelled == 1 else f"{self._n_labelled:,} articles have"
            say(
                f"{articles} labels, which tagging does not read. To compare the tags with them, run “copydesk "
                "evaluate”"
            )


def _holds_requests(path: Path) -> bool:
    """Return whether a file holds articles in the form of POST /v1/tags, one a line; a pipe always does."""
    from classifier.corpus.readers.files import kind_of
    from classifier.corpus.readers.registry import suffixes

    if not path.is_file():
        return path.exists() and not path.is_dir()
    with unreadable_as(MalformedInputError, f"{path} cannot be read"), path.open("rb") as file:
        first = next((line for line in file if line.strip()), b"{")
    kind = kind_of(path)
    if not first.lstrip().startswith(b"{") or (kind in suffixes() and kind not in _MAY_HOLD_REQUESTS):
        return False
    return kind not in _JSON or _is_request(first)


def _is_request(line: bytes) -> bool:
    try:
        _request(line, page=False)
    except (InvalidInputError, MalformedInputError):
        return False
    return True


def _request(data: bytes, page: bool) -> "TagRequest":
    from classifier.request import TagRequest

    if not page:
        return _with_code(TagRequest.read(data))
    try:
        return TagRequest.read({"body": data.decode("utf-8")})
    except UnicodeDecodeError as error:
        raise MalformedInputError(f"the text is not UTF-8 at byte {error.start:,}. Fix: save it as UTF-8") from None


def _with_code(request: "TagRequest") -> "TagRequest":
    """Return a request with the code of a language that it names in English, as files to train on may."""
    from classifier.language_codes import language_code

    if not request.language:
        return request
    try:
        language_code(request.language)
    except ValueError:
        from classifier.corpus.readers.columns.languages import language_named

        with suppress(ValueError):  # the tagger says what is wrong with it
            return request.model_copy(update={"language": language_named(request.language)})
    return request
