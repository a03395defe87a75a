"""The page Suspects: articles whose labels a model doubts, articles to label, and editors' verdicts on both."""

import json
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from flask import Response, request

from classifier.errors import FieldProblem, InvalidInputError, NoSuggestionError
from classifier.service.desk.excerpts import pieces_of
from classifier.service.desk.marks import direction_of, language_of
from classifier.service.desk.pages import go, pages, show
from classifier.service.desk.visits import live_models, section_names, this_visit, verdict_store
from classifier.service.guard.access import require
from classifier.store.drawn import DRAWN_FILE, DrawnArticle, DrawnSample
from classifier.store.manifest import SUSPECTS_FILE
from classifier.tagger import Tagger

if TYPE_CHECKING:
    from classifier.feedback.verdicts import LabelVerdict

_DISK_SECONDS = 10.0
_SUSPECTS = "/desk/suspects"
_BEGINNING = 60


@dataclass(frozen=True)
class DoubtedArticle:
    """A training article whose labels a model doubts.

    ``add`` and ``remove`` are the sections that the model would add and remove, with their probabilities. ``pieces``
    is the beginning of its text; each second piece, beginning with the second, is a word that speaks for the model.
    ``to_label``: nobody has labelled it yet; it was drawn for that, and no model says anything.
    """

    set: str
    model: str
    digest: str
    id: str | None
    place: str
    headline: str
    sections: tuple[str, ...]
    add: dict[str, float]
    remove: dict[str, float]
    evidence: dict[str, list[str]]
    pieces: tuple[str, ...]
    language: str
    direction: str
    to_label: bool = False

    @property
    def as_the_model_says(self) -> tuple[str, ...]:
        """The sections with the model's changes."""
        return tuple(dict.fromkeys((*(s for s in self.sections if s not in self.remove), *self.add)))


@pages.get(_SUSPECTS)
@require("desk")
def suspects() -> Response:
    """List the suspects of each live model, with the verdicts on them."""
    found = {name: _listed(name) for name in live_models().by_name}
    listed = [each for articles in found.values() for each in articles]
    verdicts = verdict_store().of([each.digest for each in listed]) if listed else {}
    return show(
        "suspects.html",
        found=found,
        verdicts=verdicts,
        names=_names(*found),
        left=sum(each.digest not in verdicts for each in listed),
        doubted=not listed or not all(each.to_label for each in listed),
        to_label=sum(each.to_label and each.digest not in verdicts for each in listed),
        first=next((each for each in listed if each.digest not in verdicts), None),
    )


@pages.get(f"{_SUSPECTS}/<set_name>/<digest>")
@require("desk")
def suspect(set_name: str, digest: str) -> Response:
    """Show one suspect and ask for a verdict."""
    article, listed = _one(set_name, digest)
    verdicts = verdict_store().of([each.digest for each in listed])
    return show(
        "suspect.html",
        article=article,
        verdict=verdicts.get(digest),
        following=_following(listed, article, verdicts),
        names=_names(set_name),
        others=_choices(set_name, article),
        done=request.args.get("done", ""),
    )


@pages.post(f"{_SUSPECTS}/<set_name>/<digest>")
@require("desk")
def judge_labels(set_name: str, digest: str) -> Response:
    """Store a verdict, or withdraw it, and go on to the next suspect."""
    article, listed = _one(set_name, digest)
    store, action = verdict_store(), request.form.get("action", "")
    if action == "withdraw":
        store.withdraw(digest)
        return go(f"{_SUSPECTS}/{set_name}/{digest}")
    match action:
        case "right" if not article.to_label:
            sections = article.sections
        case "model" if not article.to_label:
            sections = article.as_the_model_says
        case "correct":
            sections = tuple(dict.fromkeys(request.form.getlist("section")))
        case _:
            raise InvalidInputError([FieldProblem("", "the form does not say what to do. Fix: load the page again")])
    if set(sections) - _names(set_name).keys() - set(article.sections):
        detail = "one of the sections is not in the live model. Fix: load the page again"
        raise InvalidInputError([FieldProblem("", detail)])
    store.put(digest, article.id, sections, model=article.model, person=this_visit().name)
    following = _following(listed, article, store.of([each.digest for each in listed]))
    if following is None:
        return go(_SUSPECTS)
    return go(f"{_SUSPECTS}/{set_name}/{following.digest}", {"done": digest})


def _listed(set_name: str) -> list[DoubtedArticle]:
    """Return what the page lists of a set: the articles to label, then the suspects."""
    drawn = _drawn(set_name)
    to_label = [_to_label(set_name, article) for article in drawn.articles] if drawn else []
    seen = {article.digest for article in to_label}
    return [*to_label, *(article for article in doubted(set_name) if article.digest not in seen)]


def _drawn(set_name: str) -> DrawnSample | None:
    """Return the articles that were drawn for people to label, if there are any."""
    data = _read(set_name, DRAWN_FILE)
    return None if data is None else DrawnSample.read(data, DRAWN_FILE)


def _names(*set_names: str) -> dict[str, str]:
    """Return the name of each section of the live models by id, and of those in which articles are to be labelled."""
    drawn = [sample for name in set_names if (sample := _drawn(name))]
    return {id_: name for sample in drawn for id_, name in sample.sections.items()} | section_names()


def _choices(set_name: str, article: DoubtedArticle) -> dict[str, str]:
    """Return the sections that an article may get: those that it was drawn for, or else those of the live model."""
    if article.to_label and (drawn := _drawn(set_name)):
        return drawn.sections
    tagger = live_models().by_name[set_name].current
    return {s.id: s.name for s in tagger.sections if s.status == "active"} if tagger else {}


def _read(set_name: str, name: str | Path) -> bytes | None:
    """Return a file of a set; None if there is none.

    Raises
    ------
    ModelError
        If the folder of models does not respond.
    """
    sets = live_models()
    path = sets.by_name[set_name].registry.models / name
    try:
        return sets.asking.call(path.read_bytes, _DISK_SECONDS)
    except FileNotFoundError:
        return None


def doubted(set_name: str) -> list[DoubtedArticle]:
    """Return the suspects of the live model of a set, the most doubtful first; none if the version has no such file.

    Raises
    ------
    ModelError
        If the folder of models does not respond.
    """
    tagger = live_models().by_name[set_name].current
    if tagger is None:
        return []
    data = _read(set_name, Path(tagger.version) / SUSPECTS_FILE)
    found: list[dict[str, Any]] = [] if data is None else json.loads(data)
    return [_article(set_name, tagger, fields) for fields in found]


def _article(set_name: str, tagger: Tagger, fields: dict[str, Any]) -> DoubtedArticle:
    excerpt = fields["excerpt"]
    return DoubtedArticle(
        set=set_name,
        model=tagger.version,
        digest=fields["digest"],
        id=fields["id"],
        place=f"{PurePath(fields['file']).name}:{fields['line']}",
        headline=fields["headline"],
        sections=tuple(fields["sections"]),
        add=fields["add"],
        remove=fields["remove"],
        evidence=fields["evidence"],
        pieces=pieces_of(excerpt, [term for terms in fields["evidence"].values() for term in terms]),
        language=language_of(excerpt, fields["language"], tagger.languages),
        direction=direction_of(excerpt),
    )


def _to_label(set_name: str, drawn: DrawnArticle) -> DoubtedArticle:
    tagger = live_models().by_name[set_name].current
    return DoubtedArticle(
        set=set_name,
        model=tagger.version if tagger else "",
        digest=drawn.digest,
        id=drawn.id,
        place=drawn.text[:_BEGINNING],
        headline=drawn.headline,
        sections=(),
        add={},
        remove={},
        evidence={},
        pieces=(drawn.text,),
        language=language_of(drawn.text, drawn.language, tagger.languages if tagger else ()),
        direction=direction_of(drawn.text),
        to_label=True,
    )


def _one(set_name: str, digest: str) -> tuple[DoubtedArticle, list[DoubtedArticle]]:
    listed = _listed(set_name) if set_name in live_models().by_name else []
    found = next((each for each in listed if each.digest == digest), None)
    if found is None:
        raise NoSuggestionError(
            "the list has no such article; another version may be live now, or another sample drawn. Fix: go back"
        )
    return found, listed


def _following(
    listed: list[DoubtedArticle], article: DoubtedArticle, verdicts: "dict[str, LabelVerdict]"
) -> DoubtedArticle | None:
    """Return the next suspect without a verdict, from this one on and then from the first."""
    at = next(i for i, each in enumerate(listed) if each.digest == article.digest)
    return next((each for each in (*listed[at + 1 :], *listed[:at]) if each.digest not in verdicts), None)
