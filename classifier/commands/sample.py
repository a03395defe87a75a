"""``copydesk sample``."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from classifier.commands.console import say
from classifier.commands.extras import require_training
from classifier.commands.options import PATH, sections_option, seed_option
from classifier.commands.reading import article_options, asked_reading
from classifier.errors import CorpusError, number_of, unreadable_as
from classifier.store.drawn import DRAWN_FILE, MOST_DRAWN, MOST_SHOWN, DrawnArticle, DrawnSample

if TYPE_CHECKING:
    from classifier.article import Article
    from classifier.teach.pool import Pool

_ANY_LABELS = {"ignore_unknown": True, "machine_labels": True, "all_unlabelled": True}


def _to(context: click.Context, option: click.Parameter, value: Path) -> Path:
    if value.suffix.lower() not in (".csv", ".jsonl"):
        raise click.BadParameter("must end in .csv or .jsonl: the ending decides the format", context, option)
    return value


@click.command()
@click.argument("archive", nargs=-1, type=PATH, required=True)
@click.option("--n", "n", type=click.IntRange(min=1), default=200, show_default=True, help="How many articles to draw.")
@click.option(
    "--models",
    type=PATH,
    help="Draw articles that the live model in this folder is unsure of.  [default: no model]",
)
@click.option(
    "--teacher-labels",
    type=PATH,
    metavar="FILE",
    help="Draw articles that the teacher was unsure of: a file that “copydesk label” wrote.  [default: none]",
)
@click.option(
    "--human",
    type=PATH,
    multiple=True,
    help="File or folder of articles that people have labelled; they are not drawn. May be given several times.  "
    "[default: none]",
)
@sections_option
@click.option(
    "--to",
    type=PATH,
    required=True,
    callback=_to,
    metavar="FILE",
    help="Write the articles here: .csv for a spreadsheet, or .jsonl.",
)
@click.option(
    "--desk",
    type=PATH,
    metavar="MODELS",
    help="Also list the articles on the desk, for people to label there. MODELS is the folder of models of that "
    "service. Replaces an earlier sample on the desk.  [default: only the file]",
)
@seed_option
@article_options
def sample(**given: Any) -> None:
    """Draw the articles that a person should label first.

    ARCHIVE: files, folders or quoted globs of articles of every kind that “copydesk train” reads. Labels in them are
    ignored.

    Articles are drawn at random, but far from each other, and more often if the model or the teacher is unsure of
    them. The column “sections” holds a question mark: replace it with the sections of the article, or with nothing if
    it belongs to none. “copydesk train” refuses rows that still have it.

    With --desk, people label the articles in the browser. “copydesk train --feedback” takes their labels instead of the
    teacher's, and instead of the question marks in the file.
    """
    _sample(**given)


def _sample(
    *,
    archive: tuple[Path, ...],
    n: int,
    models: Path | None,
    teacher_labels: Path | None,
    human: tuple[Path, ...],
    sections: Path,
    to: Path,
    desk: Path | None,
    seed: int,
) -> None:
    require_training()
    if desk and n > MOST_DRAWN:
        raise click.UsageError(
            f"--n is {n:,}, but the desk lists at most {MOST_DRAWN:,}. Fix: draw fewer, or leave out --desk"
        )
    if models and teacher_labels:
        raise click.UsageError("--models and --teacher-labels cannot be used together. Fix: leave out one of them")
    from classifier.commands.written_files import csv_text, write_whole
    from classifier.corpus.readers import Reading
    from classifier.corpus.readers.columns.cells import TO_LABEL
    from classifier.sections import Sections
    from classifier.store.files import read_model
    from classifier.store.registry import Registry
    from classifier.tagger import Tagger
    from classifier.teach.pool import jsonl_text, read_pool, teacher_uncertainty
    from classifier.teach.sampling import draw

    vocabulary = Sections.load(sections)
    reading = Reading(**asked_reading() | _ANY_LABELS)
    pool = read_pool(archive, human, vocabulary, reading, seed)
    unsure = None
    if models:
        pool, unsure = pool.asked(Tagger(read_model(Registry(models).folder())))
    elif teacher_labels:
        pool, unsure = pool.known(teacher_uncertainty(teacher_labels))
    drawn = draw(pool.texts, unsure, n, seed)
    rows = [(pool.articles[item.number], round(item.uncertainty, 4)) for item in drawn]
    if to.suffix.lower() == ".csv":
        header = ("id", "headline", "body", "sections", "uncertainty")
        table = [(a.id or "", a.headline, a.body, TO_LABEL, value) for a, value in rows]
        write_whole(to, csv_text([header, *table]))
    else:
        write_whole(to, jsonl_text(rows))
    if desk:
        sample_of_desk = DrawnSample(
            {section.id: section.name for section in vocabulary.active},
            tuple(_drawn(pool.articles[item.number], pool.texts[item.number]) for item in drawn),
        )
        with unreadable_as(CorpusError, f"{desk} cannot be made"):
            desk.mkdir(parents=True, exist_ok=True)
        write_whole(desk / DRAWN_FILE, sample_of_desk.to_json())
    _report(pool, len(rows), to)
    if desk:
        place = desk / DRAWN_FILE
        say(f"the desk lists them under Suspects, from {place}; “copydesk train --feedback” reads the labels")


def _drawn(article: "Article", text: str) -> DrawnArticle:
    return DrawnArticle(article.digest.hex(), article.id, article.headline, text[:MOST_SHOWN], article.language)


def _report(pool: "Pool", n_drawn: int, to: Path) -> None:
    for what, count in pool.people.left_out.most_common():
        say(f"--human: not counted as labelled by a person ({count:,}): {what}; they may be drawn")
    for what, count in pool.left_out.most_common():
        if count:
            say(f"left out ({count:,}): {what}")
    say(f"{n_drawn:,} of {number_of(len(pool.articles), 'article')} written to {to}")
