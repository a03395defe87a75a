"""The requests and answers of the decision protocols, as the contract describes them: these models only document.

Requests are plain objects, for generators of clients. The service takes more than they say: JSON as state, messages as
input, true and false as values of choices.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from classifier.service.answers import Probability, TagAnswer

_VERSION = "20261126T150337Z-5fb90e2a"
_TEXT = "Indian and Chinese soldiers fought on a ridge above the disputed border in Ladakh."
_MODEL = (
    "`latest` or `copydesk`: the live model. Or a live version, as GET /v1/models lists it, or the name of a set of "
    "models."
)
_ASKED = "Is the article about “South Asia”?"
_QUESTION = {"type": "noul", "instructions": _ASKED}
_EXPLAIN = "Add an `explanation` to the answer. The protocols do not have this field."
_INSTRUCTIONS = (
    "The question. It names one section by name, alias or id; if it has words in quotation marks, only these are read. "
    "For a `choice` with options, any text will do; without options, it names a group of sections."
)
_WHICH = {"south-asia": None, "oceania": "the Pacific islands", "none": None}


class SystemOneQuestion(BaseModel):
    """A question in the form of System One."""

    type: Annotated[
        Literal["noul", "choice"],
        Field(description="`noul`: yes or no. `choice`: one of several options.", examples=["noul"]),
    ]
    instructions: Annotated[str, Field(description=_INSTRUCTIONS, examples=[_ASKED])]
    criteria: Annotated[
        dict[str, Any] | None,
        Field(
            description="Of a `choice`: a description or null under each option. An option is a section, a group of "
            "sections, or `none`. Of a `noul`: what counts as `true`; it is read if the instructions name no section.",
            examples=[_WHICH],
        ),
    ] = None
    explain: Annotated[bool, Field(description=_EXPLAIN, examples=[False])] = False


class SystemOneRequest(BaseModel):
    """A text, and questions about it by the caller's ids."""

    model: Annotated[str, Field(description=_MODEL, examples=["latest"])]
    state: Annotated[
        str,
        Field(
            description="The text: plain text, HTML, or the article of POST /v1/tags as JSON. JSON that is not a "
            "string is accepted too.",
            examples=[_TEXT],
        ),
    ]
    questions: Annotated[
        dict[str, SystemOneQuestion],
        Field(description="The questions, each under an id of the caller's.", examples=[{"asia": _QUESTION}]),
    ]
    explain: Annotated[bool, Field(description=_EXPLAIN, examples=[False])] = False
    set: Annotated[
        str | None,
        Field(description="The set of models, if the service has several.", examples=["default"]),
    ] = None


class DecisionOption(BaseModel):
    """An option of a choice."""

    value: Annotated[
        str,
        Field(
            description="A section, a group of sections, or `none`. true and false are taken too: then the "
            "instructions name the section.",
            examples=["south-asia"],
        ),
    ]
    description: Annotated[
        str | None,
        Field(
            description="Read if the value is not a section: it may name one.", examples=["India and its neighbours"]
        ),
    ] = None


class DecisionQuestion(BaseModel):
    """A question in the form of OpenAI's Decisions."""

    type: Annotated[
        Literal["predicate", "choice"],
        Field(description="`predicate`: yes or no. `choice`: one of several options.", examples=["predicate"]),
    ]
    name: Annotated[str | None, Field(description="The answer has it too.", examples=["asia"])] = None
    instructions: Annotated[str, Field(description=_INSTRUCTIONS, examples=[_ASKED])]
    choices: Annotated[
        list[DecisionOption] | None,
        Field(
            max_length=255,
            description="The options of a `choice`.",
            examples=[[{"value": "south-asia"}, {"value": "oceania"}, {"value": "none"}]],
        ),
    ] = None
    explain: Annotated[bool, Field(description=_EXPLAIN, examples=[False])] = False


class DecisionsRequest(BaseModel):
    """A text, and a list of questions about it."""

    model: Annotated[str, Field(description=_MODEL, examples=["latest"])]
    input: Annotated[
        str,
        Field(
            description="The text: plain text, HTML, or the article of POST /v1/tags as JSON. A list of messages is "
            "accepted too.",
            examples=[_TEXT],
        ),
    ]
    questions: Annotated[
        list[DecisionQuestion],
        Field(
            min_length=1,
            max_length=400,
            description="The questions; the answers come in their order.",
            examples=[[{"type": "predicate", "name": "asia", "instructions": _ASKED}]],
        ),
    ]
    explain: Annotated[bool, Field(description=_EXPLAIN, examples=[False])] = False
    set: Annotated[
        str | None,
        Field(description="The set of models, if the service has several.", examples=["default"]),
    ] = None


_Confidence = Annotated[
    float | None,
    Field(
        ge=0,
        le=1,
        description="For a choice: 1 if one option has the whole share, 0 if all options have equal shares.",
        examples=[0.95],
    ),
]
_Explanation = Annotated[
    list[TagAnswer] | None,
    Field(
        description="With `explain`: the sections of the question, as POST /v1/tags gives them.",
        examples=[
            [
                {
                    "section": "south-asia",
                    "name": "South Asia",
                    "probability": 0.9984,
                    "decision": "apply",
                    "logit": 6.435,
                    "evidence": [{"term": "border", "share": 2.148, "spans": [[46, 52]]}],
                    "rest": 4.287,
                }
            ]
        ],
    ),
]


class SystemOneItemAnswer(BaseModel):
    """The answer to a question."""

    type: Annotated[Literal["noul", "choice"], Field(description="The type of the question.", examples=["noul"])]
    noul: Annotated[
        Probability | None,
        Field(description="Of a `noul`: the section's probability, as POST /v1/tags gives it.", examples=[0.9984]),
    ] = None
    choice: Annotated[
        str | None, Field(description="Of a `choice`: the most probable option.", examples=["south-asia"])
    ] = None
    probabilities: Annotated[
        dict[str, Probability] | None,
        Field(
            description="Of a `choice`: the share of each option; they add up to 1.",
            examples=[{"south-asia": 0.97, "oceania": 0.01, "none": 0.02}],
        ),
    ] = None
    confidence: _Confidence = None
    explanation: _Explanation = None


class OptionAnswer(BaseModel):
    """The share of an option."""

    value: Annotated[str | bool, Field(description="The option.", examples=["south-asia"])]
    probability: Annotated[Probability, Field(description="Its share; all shares add up to 1.", examples=[0.97])]


class DecisionItemAnswer(BaseModel):
    """The answer to a question."""

    type: Annotated[
        Literal["predicate", "choice"], Field(description="The type of the question.", examples=["predicate"])
    ]
    name: Annotated[str | None, Field(description="The name of the question, or null.", examples=["asia"])]
    probability: Annotated[
        Probability | None,
        Field(description="Of a `predicate`: the section's probability, as POST /v1/tags gives it.", examples=[0.9984]),
    ] = None
    choice: Annotated[
        str | bool | None, Field(description="Of a `choice`: the most probable option.", examples=["south-asia"])
    ] = None
    probabilities: Annotated[
        list[OptionAnswer] | None,
        Field(
            description="Of a `choice`: the share of each option, in the order of the options.",
            examples=[[{"value": "south-asia", "probability": 0.97}, {"value": "none", "probability": 0.03}]],
        ),
    ] = None
    confidence: _Confidence = None
    explanation: _Explanation = None


class InputTokensAnswer(BaseModel):
    """Always zero: nothing is cached."""

    cached_tokens: Annotated[int, Field(description="Always 0.", examples=[0])]
    cache_write_tokens: Annotated[int, Field(description="Always 0.", examples=[0])]


class OutputTokensAnswer(BaseModel):
    """Always zero: nothing is generated."""

    reasoning_tokens: Annotated[int, Field(description="Always 0.", examples=[0])]


class UsageAnswer(BaseModel):
    """The size of the request, for clients that count tokens."""

    input_tokens: Annotated[
        int, Field(ge=0, description="Four characters of text and questions count as a token.", examples=[42])
    ]
    output_tokens: Annotated[int, Field(ge=0, description="Always 0.", examples=[0])]
    total_tokens: Annotated[int, Field(ge=0, description="The sum.", examples=[42])]
    input_tokens_details: Annotated[
        InputTokensAnswer | None,
        Field(description="Only from POST /v1/decisions.", examples=[{"cached_tokens": 0, "cache_write_tokens": 0}]),
    ] = None
    output_tokens_details: Annotated[
        OutputTokensAnswer | None,
        Field(description="Only from POST /v1/decisions.", examples=[{"reasoning_tokens": 0}]),
    ] = None


class _ProtocolAnswer(BaseModel):
    model: Annotated[str, Field(description="The version of the model that answered.", examples=[_VERSION])]
    usage: Annotated[
        UsageAnswer,
        Field(
            description="The size of the request.",
            examples=[{"input_tokens": 42, "output_tokens": 0, "total_tokens": 42}],
        ),
    ]
    set: Annotated[
        str | None,
        Field(
            description="The set of models that answered. Only a service with several sets names it.", examples=["thai"]
        ),
    ] = None
    text: Annotated[
        str | None,
        Field(description="With `explain`: the cleaned text that the spans refer to.", examples=[_TEXT]),
    ] = None
    text_dropped: Annotated[
        float | None,
        Field(
            ge=0,
            le=1,
            description="The share of the letters of the body that cleaning left out, as in POST /v1/tags.",
            examples=[0.0],
        ),
    ] = None
    unknown_script: Annotated[
        str | None,
        Field(
            description="The script of most letters of the text, if the model knows next to no words in it.",
            examples=["Thai"],
        ),
    ] = None


class SystemOneAnswer(_ProtocolAnswer):
    """The answers by the ids of the questions, in their order."""

    answers: Annotated[
        dict[str, SystemOneItemAnswer],
        Field(
            description="An answer for each question, under its id.", examples=[{"asia": {"type": "noul", "noul": 0.9}}]
        ),
    ]


class DecisionsAnswer(_ProtocolAnswer):
    """The answers, in the order of the questions."""

    answers: Annotated[
        list[DecisionItemAnswer],
        Field(
            description="An answer for each question, in the order of the questions.",
            examples=[[{"type": "predicate", "name": "asia", "probability": 0.9984}]],
        ),
    ]
