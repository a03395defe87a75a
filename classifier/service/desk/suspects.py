"""The page Suspects: the training articles whose labels a model doubts, and editors' verdicts on them."""

import json
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from flask import Response, request

from classifier.errors import FieldProblem, InvalidInputError, NoSuggestionError
from classifier.service.desk.excerpts import pieces_of
from classifier.service.desk.marks import direction_of, language_of
from classifier.service.desk.pages import go, pages, show
from classifier.service.desk.visits import live_models, section_names, this_visit, verdict_store
from classifier.service.guard.access import require
from classifier.store.manifest import SUSPECTS_FILE
from classifier.tagger import Tagger

if TYPE_CHECKING:
    from classifier.feedback.verdicts import LabelVerdict

_DISK_SECONDS = 10.0
_SUSPECTS = "/desk/suspects"


@dataclass(frozen=True)
class DoubtedArticle:
    """A training article whose labels a model doubts.

    ``add`` and ``remove`` are the sections that the model would add and remove, with their probabilities. ``pieces``
    is the beginning of its text; each second piece, beginning with the second, is a word that speaks for the model.
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

    @property
    def as_the_model_says(self) -> tuple[str, ...]:
        """The sections with the model's changes."""
        return tuple(dict.fromkeys((*(s for s in self.sections if s not in self.remove), *self.add)))


@pages.get(_SUSPECTS)
@require("desk")
def suspects() -> Response:
    """List the suspects of each live model, with the verdicts on them."""
    found = {name: doubted(name) for name in live_models().by_name}
    listed = [each for articles in found.values() for each in articles]
    verdicts = verdict_store().of([each.digest for each in listed]) if listed else {}
    return show(
        "suspects.html",
        found=found,
        verdicts=verdicts,
        names=section_names(),
        left=sum(each.digest not in verdicts for each in listed),
        first=next((each for each in listed if each.digest not in verdicts), None),
    )


@pages.get(f"{_SUSPECTS}/<set_name>/<digest>")
@require("desk")
def suspect(set_name: str, digest: str) -> Response:
    """Show one suspect and ask for a verdict."""
    article, listed = _one(set_name, digest)
    verdicts = verdict_store().of([each.digest for each in listed])
    tagger = live_models().by_name[set_name].current
    return show(
        "suspect.html",
        article=article,
        verdict=verdicts.get(digest),
        following=_following(listed, article, verdicts),
        names=section_names(),
        others=[s for s in tagger.sections if s.status == "active"] if tagger else [],
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
        case "right":
            sections = article.sections
        case "model":
            sections = article.as_the_model_says
        case "correct":
            sections = tuple(dict.fromkeys(request.form.getlist("section")))
        case _:
            raise InvalidInputError([FieldProblem("", "the form does not say what to do. Fix: load the page again")])
    if set(sections) - section_names().keys() - set(article.sections):
        detail = "one of the sections is not in the live model. Fix: load the page again"
        raise InvalidInputError([FieldProblem("", detail)])
    store.put(digest, article.id, sections, model=article.model, person=this_visit().name)
    following = _following(listed, article, store.of([each.digest for each in listed]))
    if following is None:
        return go(_SUSPECTS)
    return go(f"{_SUSPECTS}/{set_name}/{following.digest}", {"done": digest})


def doubted(set_name: str) -> list[DoubtedArticle]:
    """Return the suspects of the live model of a set, the most doubtful first; none if the version has no such file.

    Raises
    ------
    ModelError
        If the folder of models does not respond.
    """
    sets = live_models()
    live = sets.by_name[set_name]
    tagger = live.current
    if tagger is None:
        return []
    path = live.registry.models / tagger.version / SUSPECTS_FILE
    try:
        data: list[dict[str, Any]] = json.loads(sets.asking.call(path.read_bytes, _DISK_SECONDS))
    except FileNotFoundError:  # a version of an earlier Copydesk
        return []
    return [_article(set_name, tagger, fields) for fields in data]


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


def _one(set_name: str, digest: str) -> tuple[DoubtedArticle, list[DoubtedArticle]]:
    listed = doubted(set_name) if set_name in live_models().by_name else []
    found = next((each for each in listed if each.digest == digest), None)
    if found is None:
        raise NoSuggestionError("the live model has no such suspect; another version may be live now. Fix: go back")
    return found, listed


def _following(
    listed: list[DoubtedArticle], article: DoubtedArticle, verdicts: "dict[str, LabelVerdict]"
) -> DoubtedArticle | None:
    """Return the next suspect without a verdict, from this one on and then from the first."""
    at = next(i for i, each in enumerate(listed) if each.digest == article.digest)
    return next((each for each in (*listed[at + 1 :], *listed[:at]) if each.digest not in verdicts), None)
