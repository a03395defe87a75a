"""``copydesk label``."""

import os
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from classifier.commands.console import progress, say
from classifier.commands.options import PATH, sections_option
from classifier.commands.reading import article_options, asked_reading
from classifier.errors import number_of

if TYPE_CHECKING:
    from classifier.article import Article
    from classifier.corpus.readers import Reading
    from classifier.sections import Sections
    from classifier.teach.labelling import LabellingAccount
    from classifier.teach.people import LabelledByPeople
    from classifier.teach.teacher import TeacherOptions

_ANY_LABELS = {"ignore_unknown": True, "machine_labels": True, "all_unlabelled": True}
_KEY = "COPYDESK_TEACHER_KEY"
_MAX_NAMED = 5
_STOPPED = 143


@click.command()
@click.argument("archive", nargs=-1, type=PATH, required=True)
@click.option(
    "--teacher",
    metavar="URL",
    required=True,
    help="Address of the teacher, such as https://api.example.com. The texts of the articles are sent there, "
    f"with the key in the environment variable {_KEY}.",
)
@click.option(
    "--protocol",
    type=click.Choice(["systemone", "decisions"]),
    help="Route on which the teacher is asked: POST /v1/systemone or POST /v1/decisions.  [default: the one that the "
    "address ends in, or else systemone]",
)
@click.option("--model", "model_name", metavar="NAME", required=True, help="Name of the model at the teacher.")
@sections_option
@click.option(
    "--to",
    type=PATH,
    required=True,
    metavar="FILE",
    help="Write the labelled articles here, as JSON Lines that “copydesk train --data” reads. An earlier file stays "
    "until all are written.",
)
@click.option(
    "--cache",
    type=PATH,
    metavar="FILE",
    help="File that stores the answers, so that no question about a text is asked twice.  [default: the name of --to, "
    "with .answers.db added]",
)
@click.option(
    "--human",
    type=PATH,
    multiple=True,
    help="File or folder of articles that people have labelled; the teacher is not asked about them. May be given "
    "several times.  [default: none]",
)
@click.option("--limit", type=click.IntRange(min=0), help="Ask about this many articles at most.  [default: all]")
@click.option(
    "--least",
    type=click.FloatRange(0, 1, min_open=True),
    default=0.5,
    show_default=True,
    help="Lowest probability at which a section becomes a label.",
)
@click.option(
    "--price",
    type=click.FloatRange(min=0),
    metavar="DOLLARS",
    help="Price of a million input tokens, to print what the work costs.  [default: only the tokens are printed]",
)
@click.option(
    "--rate",
    type=click.FloatRange(min=0),
    default=0.0,
    metavar="N",
    help="Requests a second at most.  [default: no limit]",
)
@click.option(
    "--connections",
    type=click.IntRange(1, 64),
    default=4,
    show_default=True,
    help="Number of requests sent at the same time.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=60.0,
    show_default=True,
    help="Seconds to wait for the teacher to begin its answer, and again for it to end.",
)
@click.option(
    "--tries",
    type=click.IntRange(1, 20),
    default=6,
    show_default=True,
    help="How many times to send a request before its article is left without labels.",
)
@click.option("--dry-run", is_flag=True, help="Print how many articles and tokens there are; do not ask the teacher.")
@article_options
def label(**given: Any) -> None:
    """Have a decision model label articles that nobody has labelled.

    ARCHIVE: files, folders or quoted globs of articles of every kind that “copydesk train” reads. Labels in them are
    ignored.

    The teacher is a decision model that answers yes-or-no questions over HTTP. It is asked one question about each
    active section, with the definition in sections.toml. The labels are marked as those of a machine: “copydesk train”
    weights them so that articles labelled by people are tagged best, and needs some of those to make a model live.

    Every answer is stored as soon as it arrives. If the work is interrupted, run the same command again: it continues
    where it stopped. Exit code 2: some articles have no labels; the messages give the reasons.
    """
    _label(**given)


def _label(
    *,
    archive: tuple[Path, ...],
    teacher: str,
    protocol: Any,
    model_name: str,
    sections: Path,
    to: Path,
    cache: Path | None,
    human: tuple[Path, ...],
    limit: int | None,
    least: float,
    price: float | None,
    rate: float,
    connections: int,
    timeout: float,
    tries: int,
    dry_run: bool,
) -> None:
    from classifier.corpus.readers import Reading
    from classifier.sections import Sections
    from classifier.teach.cache import AnswerCache
    from classifier.teach.labelling import Labelling, LabellingAccount, articles_to_ask, label_archive
    from classifier.teach.people import labelled_by_people
    from classifier.teach.questions import questions_of
    from classifier.teach.teacher import Teacher, TeacherError
    from classifier.teach.written import write_labelled

    options = _options(teacher, protocol, model_name, rate, tries, timeout)
    vocabulary = Sections.load(sections)
    reading = Reading(**asked_reading() | _ANY_LABELS)
    people = labelled_by_people(human, vocabulary, reading)
    how = Labelling(vocabulary, questions_of(vocabulary.active), limit, connections, price, people.digests)
    stopped = ""
    with (
        _stopping_in_good_order(),
        AnswerCache(cache or to.with_name(f"{to.name}.answers.db")) as answers,
        progress() as watched,
    ):
        _report_people(people)
        first = LabellingAccount()
        n = sum(
            1
            for _ in articles_to_ask(
                _articles(archive, vocabulary, reading, Counter()), how, answers, model_name, first
            )
        )
        say(
            f"{number_of(first.n_articles, 'article')}, {n:,} to ask about, "
            f"{number_of(len(how.questions), 'question')} each: about {first.cost(price)}"
        )
        if dry_run:
            return
        account = LabellingAccount()
        found = _articles(archive, vocabulary, reading, account.left_out)
        try:
            label_archive(
                articles_to_ask(found, how, answers, model_name, account),
                n,
                how,
                Teacher(options),
                answers,
                account,
                watched,
            )
        except TeacherError as error:
            stopped = str(error)
        again = _articles(archive, vocabulary, reading, Counter())
        n_written = write_labelled(to, again, how, answers, model_name, least)
    _report(account, n_written, to, price)
    if stopped:
        raise TeacherError(stopped)
    if account.failed or account.n_refused:
        raise click.exceptions.Exit(2)


@contextmanager
def _stopping_in_good_order() -> Iterator[None]:
    """On SIGTERM, wait for the answers to the requests under way and keep them, as on Ctrl-C."""
    before = signal.signal(signal.SIGTERM, _stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _stop(_number: int, _frame: object) -> NoReturn:
    raise SystemExit(_STOPPED)


def _options(teacher: str, protocol: Any, model_name: str, rate: float, tries: int, timeout: float) -> "TeacherOptions":
    from classifier.teach.protocols import address_of
    from classifier.teach.teacher import TeacherOptions

    if not teacher.startswith(("http://", "https://")):
        raise click.BadParameter("must begin with https:// or http://", param_hint="--teacher")
    address, spoken = address_of(teacher, protocol)
    if protocol and spoken != protocol:
        raise click.UsageError(
            f"--teacher ends in /{spoken}, but --protocol is {protocol}. Fix: leave out --protocol, or correct the URL"
        )
    return TeacherOptions(
        address, spoken, model_name, os.environ.get(_KEY) or None, _KEY, rate=rate, tries=tries, timeout=timeout
    )


def _articles(
    paths: tuple[Path, ...], sections: "Sections", reading: "Reading", left_out: Counter[str]
) -> "Iterator[tuple[str, Article]]":
    """Yield the places of articles and the articles; count the rows that are none."""
    from classifier.corpus.readers.rows import LeftOut, Note
    from classifier.corpus.unlabelled import Unlabelled, Untaggable, read_unlabelled

    for item in read_unlabelled(paths, sections, reading) if paths else ():
        match item:
            case Unlabelled():
                yield str(item.place), item.article
            case Untaggable():
                left_out[f"rows that are not articles ({item.detail})"] += 1
            case LeftOut():
                left_out[item.what] += 1
            case Note():
                left_out[item.message] += 1


def _report_people(people: "LabelledByPeople") -> None:
    """Say what --human gave, so that rows that nobody has labelled yet do not pass for articles of no section."""
    for what, n in people.left_out.most_common():
        say(f"--human: not counted as labelled by a person ({n:,}): {what}; the teacher is asked about them")
    if people.digests:
        found = number_of(len(people.digests), "article")
        say(f"--human: {found} labelled by people, {people.n_without_section:,} of them without a section")


def _report(account: "LabellingAccount", n_written: int, to: Path, price: float | None) -> None:
    for what, n in account.left_out.most_common():
        say(f"left out ({n:,}): {what}")
    cost = f": {account.cost(price)}" if account.n_asked else ""
    say(f"answers about {number_of(account.n_asked, 'article')}{cost}; {account.n_cached:,} had answers already")
    if account.by_person:
        say(f"not asked about, because a person has labelled them ({account.by_person:,})")
    if account.beyond_limit:
        say(f"not asked about, because of --limit ({account.beyond_limit:,})")
    if account.n_refused:
        say(f"questions that the teacher refused to answer ({account.n_refused:,}); their articles are not written")
    for place, reason in account.failed[:_MAX_NAMED]:
        say(f"{place}: {reason}")
    if len(account.failed) > _MAX_NAMED:
        say(f"and {len(account.failed) - _MAX_NAMED:,} more")
    if account.failed:
        say(f"{number_of(len(account.failed), 'article')} got no answer. Fix: run the same command again")
    say(f"{number_of(n_written, 'labelled article')} written to {to}")
