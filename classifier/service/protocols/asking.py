"""From a request of a protocol to its answer: the text, the model, the questions, the tags."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic_core import to_json

from classifier.answer import Answer
from classifier.errors import FieldProblem, ModelNameError, shown
from classifier.request import Choice, TagRequest
from classifier.service.http.reading import Wishes
from classifier.service.http.units import in_utf16
from classifier.service.process.sets import LiveSets
from classifier.service.protocols.answering import Answered, answers_to
from classifier.service.protocols.matching import Asked, AskedSection, matched
from classifier.service.protocols.naming import SectionNames
from classifier.service.protocols.questions import ProtocolQuestion, wants_explanation, wrong
from classifier.service.protocols.state import read_state
from classifier.service.watch.telemetry import answered
from classifier.store.sets import MAX_NAME_LENGTH
from classifier.tagger import Tagger

#: Names of the model that stand for the live one.
LATEST = ("latest", "copydesk")
_CHARACTERS_OF_A_TOKEN = 4
_MOST_KEPT, _LONGEST_KEPT = 128, 64_000  # lists of questions that are kept matched, and bytes of one
_REMARKS = Answer._fields.index("text")
_NO_REMARKS = (None,) * len(Answer._fields[_REMARKS:])
_EVERY_SECTION, _EXPLAINED = Choice(all=True), Choice(all=True, explain=True)


class DecisionProtocol(Protocol):
    """What differs between the protocols; each has a module with these names."""

    TEXT: str

    def read_questions(self, sent: Any) -> list[ProtocolQuestion]:
        """Return the questions of a request."""

    def written(self, answers: Sequence[Answered]) -> Any:
        """Return the field ``answers`` of the answer."""

    def written_plainly(self, answers: Sequence[tuple[str | None, float]]) -> Any:
        """Return the same for questions about sections, by name and probability, without explanations."""

    def usage(self, n_tokens: int) -> dict[str, Any]:
        """Return the field ``usage`` of the answer."""


@dataclass(frozen=True, slots=True)
class _Matched:
    """Questions with what they ask about; ``sections`` are their names and sections if that is all that they ask.

    ``size`` is the number of bytes of the questions.
    """

    asked: Sequence[Asked]
    sections: Sequence[tuple[str | None, str]]
    explain: bool
    size: int


class Asker:
    """Answers requests. It keeps the questions that it has matched, because most callers ask the same ones again."""

    def __init__(self, sets: LiveSets) -> None:
        self._sets = sets
        self._names: dict[str, tuple[SectionNames, frozenset[str]]] = {}
        self._kept: dict[tuple[str, str, bytes], _Matched] = {}

    def ask(self, sent: Any, key: bytes, protocol: DecisionProtocol, wishes: Wishes) -> dict[str, Any]:
        """Return the answer to a request.

        Parameters
        ----------
        sent : object
            The JSON of the request.
        key : bytes
            The same only for the same questions.
        protocol : DecisionProtocol
        wishes : Wishes

        Raises
        ------
        InvalidInputError
            If the request is not in the form of the protocol, or cannot be answered; it names each field.
        """
        if not isinstance(sent, Mapping):
            raise wrong("", f"must be a JSON object. Fix: send an object with model, {protocol.TEXT} and questions")
        for field, fix in ((protocol.TEXT, "send the text of an article"), ("questions", "ask at least one question")):
            if sent.get(field) is None:
                raise wrong(field, f"is missing. Fix: {fix} as {field}")
        article = read_state(protocol.TEXT, sent[protocol.TEXT])
        tagger, name = self._chosen(sent, article, wishes)
        found = self._matched(tagger, protocol, sent["questions"], key)
        explain = wishes.explain or wants_explanation("", sent)
        choice = _EXPLAINED if explain or found.explain else _EVERY_SECTION
        answer = tagger.tag(article, choice)
        if name is not None:
            answer = answer._replace(set=name)
        answered(article, choice, answer, tagger)
        if answer.outcome == "no_known_terms":
            raise wrong(
                protocol.TEXT,
                "no word of the text was in the training articles, so the model cannot say anything. Fix: send more "
                "text, or text in a language of the model",
            )
        if wishes.utf16:
            answer = in_utf16(answer)
        if found.sections and not explain:
            of = {tag.section: tag.probability for tag in answer.tags}
            answers = protocol.written_plainly([(name, of[section]) for name, section in found.sections])
        else:
            answers = protocol.written(answers_to(found.asked, {tag.section: tag for tag in answer.tags}, explain))
        n_tokens = (len(article.headline) + len(article.body) + found.size) // _CHARACTERS_OF_A_TOKEN
        made = {"model": answer.model, "answers": answers, "usage": protocol.usage(n_tokens)}
        return made if answer[_REMARKS:] == _NO_REMARKS else made | _extra_fields(answer)

    def _chosen(self, sent: Mapping[str, Any], article: TagRequest, wishes: Wishes) -> tuple[Tagger, str | None]:
        """Return the tagger that a request asks for, and the name of its set if there are several."""
        sets, model, asked = self._sets, sent.get("model"), sent.get("set")
        if asked is not None and not isinstance(asked, str):
            raise wrong("set", "must be a string. Fix: send the name of a set of models")
        if wishes.set and len(wishes.set) > MAX_NAME_LENGTH:  # also if the body names a set, which wins
            raise wrong("set", f"longer than {MAX_NAME_LENGTH} characters. Fix: send the name of a set of models")
        asked = asked or article.set or wishes.set
        if model is None or model in LATEST:
            return sets.choose(article, asked)
        if not isinstance(model, str):
            raise ModelNameError([FieldProblem("model", f"must be a string. Fix: use {shown(LATEST[0])}")])
        versions = {live.current.version: name for name, live in sets.by_name.items() if live.current}
        name = versions.get(model) or model
        if name not in sets.by_name:
            there = [*LATEST[:1], *(() if sets.only else sets.by_name), *versions]
            detail = (
                f"{shown(model)} does not answer here. Fix: use {' or '.join(map(shown, there))}; “copydesk models "
                "promote VERSION” makes another version live"
            )
            raise ModelNameError([FieldProblem("model", detail)])
        return sets.tagger_of(name), None if sets.only else name

    def _matched(self, tagger: Tagger, protocol: DecisionProtocol, questions: Any, asked: bytes) -> _Matched:
        """Return what the questions ask about: what was kept, if the same were asked of the same model before."""
        key = tagger.version, protocol.TEXT, asked
        if found := self._kept.get(key):
            return found
        read = protocol.read_questions(questions)
        names, trained = self._names_of(tagger)
        listed = matched(read, names, trained)
        plain = [(q.name, q.section) for q in listed if isinstance(q, AskedSection) and not q.values and not q.explain]
        plain = plain if len(plain) == len(listed) else []
        found = _Matched(
            listed, plain, any(question.explain for question in read), len(to_json(questions, inf_nan_mode="null"))
        )
        if len(asked) <= _LONGEST_KEPT:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[key] = found
        return found

    def _names_of(self, tagger: Tagger) -> tuple[SectionNames, frozenset[str]]:
        found = self._names.get(tagger.version)
        if found is None:
            trained = frozenset(entry.section.id for entry in tagger.manifest.trained)
            live = {live.current.version for live in self._sets.by_name.values() if live.current}
            kept = {version: names for version, names in self._names.items() if version in live}
            self._names = kept | {tagger.version: (found := (SectionNames(tagger.sections), trained))}
        return found


def _extra_fields(answer: Answer) -> dict[str, Any]:
    """Return the fields of POST /v1/tags that the protocols do not have; clients pass over them."""
    fields = {"set": answer.set, "text": answer.text, "text_dropped": answer.text_dropped}
    fields["unknown_script"] = answer.unknown_script
    return {name: value for name, value in fields.items() if value is not None}
