"""What each question asks about: a section, or options that are sections, groups of sections, or none of these."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from classifier.errors import FieldProblem, QuestionError, shown
from classifier.service.protocols.naming import Named, SectionNames
from classifier.service.protocols.questions import Option, OptionValue, ProtocolQuestion, wrong

#: Values of an option that stand for "none of the sections among the options", if no section is called so.
NONE_OPTIONS = frozenset(
    {"none", "other", "others", "neither", "nothing", "no section", "not applicable", "something else", "n/a"}
)
_NONE_OF = "none of "
NONE = "none"
MAX_TEXT = 200_000
_YES_NO = (frozenset({"true", "false"}), frozenset({"yes", "no"}))
#: LiteLLM and langchain-openai put the criteria of a yes-or-no question into its instructions.
_CRITERIA = re.compile(r"\bAnswer (true|false) when:")


@dataclass(frozen=True, slots=True)
class AskedSection:
    """A question about one section: with yes and no as options if ``values`` has them."""

    name: str | None
    section: str
    explain: bool
    values: tuple[OptionValue, ...] = ()
    yes: int = 0


@dataclass(frozen=True, slots=True)
class AskedChoice:
    """A choice: for each option its value and its sections, which are none for the option “none of these”."""

    name: str | None
    values: tuple[OptionValue, ...]
    sections: tuple[tuple[str, ...], ...]
    explain: bool


Asked = AskedSection | AskedChoice


def matched(questions: Sequence[ProtocolQuestion], names: SectionNames, trained: frozenset[str]) -> list[Asked]:
    """Return what questions ask about.

    Parameters
    ----------
    questions : sequence of ProtocolQuestion
    names : SectionNames
        Of the vocabulary of the model that is to answer.
    trained : frozenset of str
        The ids of the sections that it can answer about.

    Raises
    ------
    QuestionError
        If a question or an option is not about a section; it names each of these.
    """
    length = sum(
        len(q.instructions) + len(q.criterion) + sum(len(option.description) for option in q.options) for q in questions
    )
    if length > MAX_TEXT:
        raise wrong(
            "questions",
            f"{length:,} characters in all questions, but at most {MAX_TEXT:,} are allowed. Fix: send several requests",
        )
    found, problems = [], list[FieldProblem]()
    for question in questions:
        matcher = _Matcher(names, trained, question, is_first=not problems)
        try:
            found.append(matcher.yes_or_no() if question.kind == "yes-no" else matcher.choice())
        except QuestionError as error:
            problems += error.problems
    if problems:
        raise QuestionError(problems)
    return found


class _Matcher:
    """Matches one question. Only the first wrong one gets the nearest section by its wording, which takes longer."""

    def __init__(
        self, names: SectionNames, trained: frozenset[str], question: ProtocolQuestion, *, is_first: bool
    ) -> None:
        self._names, self._trained, self._question, self._is_first = names, trained, question, is_first

    def yes_or_no(self) -> AskedSection:
        """Return the section that the instructions name, or else the criterion."""
        question = self._question
        instructions, *parts = _CRITERIA.split(question.instructions)
        criterion = question.criterion or " ".join(
            text for kind, text in zip(parts[::2], parts[1::2], strict=True) if kind == "true"
        )
        section = self._section_in("instructions", instructions)
        if section is None and criterion:
            section = self._section_in("criteria", criterion)
        if section is None:
            raise self._unnamed("instructions", question.instructions or question.criterion)
        return AskedSection(question.name, section, question.explain)

    def choice(self) -> Asked:
        """Return the sections of each option."""
        question = self._question
        if not question.options:
            return self._group()
        texts = [_text_of(option.value) for option in question.options]
        if frozenset(texts) in _YES_NO and not any(map(self._names.labelled, texts)):
            return self._yes_no_options(texts)
        sections = tuple(self._option(option) for option in question.options)
        taken: dict[str, OptionValue] = {}
        for option, ids in zip(question.options, sections, strict=True):
            for id_ in ids:
                if (other := taken.setdefault(id_, option.value)) != option.value:
                    values = f"{shown(_text_of(other))} and {shown(_text_of(option.value))}"
                    raise wrong(self._at("choice"), f"the options {values} both stand for {id_}. Fix: remove one")
        if not taken:
            raise wrong(self._at("choice"), "no option is a section. Fix: add options that are sections")
        if sum(not ids for ids in sections) > 1:
            raise wrong(self._at("choice"), "two options stand for “none of these”. Fix: remove one")
        return AskedChoice(question.name, tuple(o.value for o in question.options), sections, question.explain)

    def _group(self) -> AskedChoice:
        ids = tuple(id_ for id_ in self._names.group_in(self._question.instructions) if id_ in self._trained)
        if not ids:
            raise wrong(
                self._at("choice"),
                "there are no options, and the instructions do not name one group of sections. Fix: name the options",
            )
        sections = tuple((id_,) for id_ in ids)
        return AskedChoice(self._question.name, (*ids, NONE), (*sections, ()), self._question.explain)

    def _yes_no_options(self, texts: Sequence[str]) -> AskedSection:
        question = self._question
        yes = next(i for i, text in enumerate(texts) if text in ("true", "yes"))
        section = self._section_in("instructions", question.instructions)
        if section is None and (description := question.options[yes].description):
            section = self._section_in("choice", description)
        if section is None:
            raise self._unnamed("instructions", question.instructions)
        values = tuple(option.value for option in question.options)
        return AskedSection(question.name, section, question.explain, values, yes)

    def _option(self, option: Option) -> tuple[str, ...]:
        text = _text_of(option.value)
        if section := self._names.labelled(text):
            return (self._trained_id("choice", section.id),)
        plain = text.strip().replace("_", " ").casefold()
        if plain in NONE_OPTIONS or plain.startswith(_NONE_OF):
            return ()
        if group := tuple(id_ for id_ in self._names.group(text) if id_ in self._trained):
            return group
        if option.description and (named := self._section_in("choice", option.description)):
            return (named,)
        raise self._unnamed("choice", text, f"the option {shown(text)}")

    def _section_in(self, part: Literal["instructions", "criteria", "choice"], text: str) -> str | None:
        """Return the one section that a text names, or None if it names none."""
        named: Named = self._names.named(text)
        if named.quoted is not None:
            raise self._unnamed(part, named.quoted, f"the quoted name {shown(named.quoted)}")
        if len(named.ids) > 1:
            raise wrong(
                self._at(part),
                f"names several sections ({', '.join(named.ids)}). Fix: ask about one, or put its name in quotation "
                "marks",
            )
        if named.is_negated:
            raise wrong(
                self._at(part),
                f"the question is about not belonging to {named.ids[0]}. Fix: ask whether the article belongs to it, "
                "and take 1 minus the probability",
            )
        return self._trained_id(part, named.ids[0]) if named.ids else None

    def _trained_id(self, part: Literal["instructions", "criteria", "choice"], section: str) -> str:
        if section not in self._trained:
            raise wrong(
                self._at(part),
                f"the model was not trained on the section {section}, so it gives it no probability. Fix: ask about a "
                "section that GET /v1/sections lists as trained",
            )
        return section

    def _unnamed(
        self, part: Literal["instructions", "criteria", "choice"], text: str, what: str = "the question"
    ) -> QuestionError:
        known = "is not a section" if what != "the question" else "names no section"
        hint = self._names.hint(text) if self._is_first else "Fix: use a section that GET /v1/sections lists"
        return wrong(self._at(part), f"{what} {known} of the vocabulary. {hint}")

    def _at(self, part: Literal["instructions", "criteria", "choice"]) -> str:
        field = self._question.options_field if part == "choice" else part
        return f"{self._question.place}.{field}"


def _text_of(value: OptionValue) -> str:
    return value if isinstance(value, str) else str(value).lower()
