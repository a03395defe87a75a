"""The answers, as the contract describes them. These models only document: the routes write answers without them."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from classifier.answer import Decision, Outcome, Reason
from classifier.article import MAX_ID_LENGTH
from classifier.service.length_answers import LengthQualityAnswer, LengthThresholds
from classifier.tagger import MAX_SPANS

NINJS = "application/vnd.iptc.ninjs+json"
_EXAMPLE_PROBLEM = "must be a string. Fix: give one text, in quotation marks"
_VERSION = "20261126T150337Z-5fb90e2a"
_SET = "The set of models that answered. Only a service with several sets names it."
_TAG = {"section": "south-asia", "name": "South Asia", "probability": 0.9984, "decision": "apply"}
_SECTION: dict[str, Any] = {
    "id": "south-asia",
    "name": "South Asia",
    "group": "region",
    "parent": "asia",
    "definition": "India and its neighbours",
    "aliases": [],
    "status": "active",
    "replaced_by": None,
    "external": {},
    "support": 212,
    "trained": True,
    "suggest": 0.41,
    "apply": 0.93,
    "precision": 0.91,
    "recall": 0.88,
    "f1": 0.895,
}
Probability = Annotated[float, Field(ge=0, le=1)]
Span = Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=2, max_length=2)]


class _Answer(BaseModel, extra="forbid"):
    pass


class EvidenceAnswer(_Answer):
    """A term, and how strongly it supports the section: its share of the logit. Below 0 it counts against it."""

    term: Annotated[str, Field(description="As the article writes it.", examples=["border"])]
    share: Annotated[
        float, Field(description="Its share of the logit. Below 0 it counts against the section.", examples=[2.148])
    ]
    spans: Annotated[
        list[Span],
        Field(
            max_length=MAX_SPANS,
            description="Its places in `text`: start and end, in Unicode code points, or in UTF-16 units if the call "
            f"asks for `units=utf16`. At most the first {MAX_SPANS}; the share counts every place.",
            examples=[[[46, 52]]],
        ),
    ]


class TagAnswer(_Answer):
    """A section for the article."""

    section: Annotated[str, Field(description="The section's stable id.", examples=["south-asia"])]
    name: Annotated[str, Field(description="The section's name for readers.", examples=["South Asia"])]
    probability: Annotated[
        Probability,
        Field(
            description="The probability of this section alone. Probabilities of sections do not add up to 1.",
            examples=[0.9984],
        ),
    ]
    decision: Annotated[
        Decision,
        Field(
            description="`apply`: the model is sure; no editor is needed. `review`: an editor should look. "
            "`below`: under the section's threshold; only with `all`.",
            examples=["apply"],
        ),
    ]
    reason: Annotated[
        Reason | None,
        Field(
            description="Why the section is not applied; left out if it is. `threshold`: its probability is below its "
            "threshold for texts of this length. `length`: it is never applied to texts of this length, but to others, "
            "as a rule longer ones. `never_applied`: it is never applied; `GET /v1/sections` gives the reason. "
            "`needs`: no section that it needs is probable enough; with `explain`, `held_back` names it. `limit`: the "
            "tag was added, or left out, because of the limits on the number of tags.",
            examples=["threshold"],
        ),
    ] = None
    logit: Annotated[
        float | None,
        Field(description="With `explain`: the log odds that the probability is made from.", examples=[6.435]),
    ] = None
    evidence: Annotated[
        list[EvidenceAnswer] | None,
        Field(
            description="With `explain`: the strongest terms, for or against.",
            examples=[[{"term": "border", "share": 2.148, "spans": [[46, 52]]}]],
        ),
    ] = None
    rest: Annotated[
        float | None,
        Field(description="With `explain`: the part of `logit` that is not in `evidence`.", examples=[-0.702]),
    ] = None
    raised_by: Annotated[
        str | None,
        Field(
            description="With `explain`: the section below this one that gives it its probability, if one does. "
            "`logit`, `evidence` and `rest` are then those of that section.",
            examples=["south-asia"],
        ),
    ] = None
    held_back: Annotated[
        str | None,
        Field(
            description="With `explain`: why the section is not applied, or not suggested, although its probability is "
            "high enough. It needs another section, and none is probable enough.",
            examples=["no section of the group theme reaches 0.5"],
        ),
    ] = None


class ArticleAnswer(_Answer):
    """The tags of an article, strongest first."""

    id: Annotated[str | None, Field(max_length=MAX_ID_LENGTH, description="The id of the request.", examples=["a-1"])]
    model: Annotated[str, Field(description="The version of the model that answered.", examples=[_VERSION])]
    outcome: Annotated[
        Outcome,
        Field(
            description="`tagged`: there are tags. `none`: the article belongs to no section. `no_known_terms`: no "
            "word of the article occurs in the training articles, because it is too short or in another language.",
            examples=["tagged"],
        ),
    ]
    tags: Annotated[list[TagAnswer], Field(description="The tags, the most probable first.", examples=[[_TAG]])]
    set: Annotated[str | None, Field(description=_SET, examples=["thai"])] = None
    text: Annotated[
        str | None,
        Field(
            description="With `explain`: the cleaned text that the spans refer to.",
            examples=["Soldiers fought on a ridge above the disputed border in Ladakh."],
        ),
    ] = None
    text_dropped: Annotated[
        float | None,
        Field(
            ge=0,
            le=1,
            description="The share of the letters of the body that cleaning left out, such as small forms, hidden "
            "blocks and lists of other stories. Given with `explain`, and if it is more than half.",
            examples=[0.0],
        ),
    ] = None
    unknown_script: Annotated[
        str | None,
        Field(
            description="The script of most letters of the article, if the model knows no words in that script, or "
            "next to none. The tags, if there are any, rest on the few other words. Left out otherwise.",
            examples=["Thai"],
        ),
    ] = None
    kept: Annotated[
        bool | None,
        Field(
            description="Whether the suggestion is kept. Only a service with the setting `keep_suggestions` has this "
            "field, for articles with `source` and `id` and for webhooks; an article of a batch has none.",
            examples=[True],
        ),
    ] = None


class BatchAnswer(_Answer):
    """The answers to the articles of a batch, in their order."""

    results: Annotated[
        list[ArticleAnswer],
        Field(
            description="An answer for each article, in the order of the articles.",
            examples=[[{"id": "a-1", "model": _VERSION, "outcome": "tagged", "tags": [_TAG]}]],
        ),
    ]
    kept: Annotated[
        int | None,
        Field(
            ge=0,
            description="The number of articles whose suggestions are kept: all with `source` and `id`, or 0 if that "
            "failed. Only a service with the setting `keep_suggestions` has this field.",
            examples=[1],
        ),
    ] = None


class NeedsAnswer(_Answer):
    """What a section needs: that another section of a group, or a certain one, is probable too."""

    group: Annotated[str | None, Field(description="One of the sections of this group.", examples=["theme"])] = None
    section: Annotated[str | None, Field(description="This section.", examples=["asia"])] = None
    apply: Annotated[
        Probability,
        Field(description="The probability that it must reach; below it, the tag is for review.", examples=[0.5]),
    ]
    suggest: Annotated[
        Probability,
        Field(description="The probability below which the tag is not even suggested.", examples=[0.0]),
    ]


class NeverAppliedAnswer(_Answer):
    """Why a section is never applied without an editor."""

    cause: Annotated[
        str,
        Field(
            description="`few_stories`: too few sure stories to prove the promised precision. `imprecise`: its surest "
            "tags are not right often enough. `no_section`: its tags would be applied to stories without a section. "
            "`not_confirmed`: the precision was lower in articles that no threshold had seen. `needs`: no section that "
            "it needs is trained. `review_only`: the model applies nothing.",
            examples=["few_stories"],
        ),
    ]
    reason: Annotated[str, Field(description="The same in a sentence.", examples=["the model was trained ..."])]
    advice: Annotated[str, Field(description="What it would take.", examples=["About 30 more stories ..."])]
    more_stories: Annotated[
        int | None,
        Field(
            ge=0,
            description="An estimate of how many more stories with the section would be enough; null if more stories "
            "like the present ones are unlikely to help.",
            examples=[30],
        ),
    ] = None


class SectionAnswer(_Answer):
    """A section, and how well the model knows it. The figures are out-of-fold."""

    id: Annotated[str, Field(description="Its stable id.", examples=["south-asia"])]
    name: Annotated[str, Field(description="Its name for readers.", examples=["South Asia"])]
    group: Annotated[str, Field(description="The group of sections that it belongs to.", examples=["region"])]
    parent: Annotated[
        str | None,
        Field(
            description="The section that it is a part of, whose probability is never below its own.", examples=["asia"]
        ),
    ]
    definition: Annotated[str, Field(description="Which articles belong to it.", examples=["India and its neighbours"])]
    aliases: Annotated[
        list[str], Field(description="Other names that requests may use for it.", examples=[["Indian subcontinent"]])
    ]
    status: Annotated[
        Literal["active", "deprecated"],
        Field(description="`deprecated`: it is never suggested.", examples=["active"]),
    ]
    replaced_by: Annotated[
        str | None, Field(description="The section that replaces a deprecated one.", examples=["indo-pacific"])
    ]
    external: Annotated[
        dict[str, str],
        Field(description="Its ids in other systems, such as `wordpress`.", examples=[{"iptc": "medtop:16000000"}]),
    ]
    support: Annotated[
        int,
        Field(ge=0, description="The number of articles with this section in the training data.", examples=[212]),
    ]
    trained: Annotated[
        bool,
        Field(
            description="False if the section is deprecated or has too few articles: it is never suggested.",
            examples=[True],
        ),
    ]
    suggest: Annotated[
        Probability | None,
        Field(description="The probability from which the section is suggested.", examples=[0.41]),
    ] = None
    apply: Annotated[
        Probability | None,
        Field(
            description="The probability from which the section is applied; null if it always needs an editor.",
            examples=[0.93],
        ),
    ] = None
    precision: Annotated[
        Probability | None,
        Field(description="The share of its suggestions that are right, out-of-fold.", examples=[0.91]),
    ] = None
    recall: Annotated[
        Probability | None,
        Field(description="The share of its articles that it is suggested for, out-of-fold.", examples=[0.88]),
    ] = None
    f1: Annotated[
        Probability | None, Field(description="The harmonic mean of precision and recall.", examples=[0.895])
    ] = None
    thresholds: Annotated[
        list[LengthThresholds] | None,
        Field(
            description="Its thresholds by the length of the text, in words: the shortest texts first. `suggest` and "
            "`apply` are those of the longest. Left out if they are the same for all lengths.",
            examples=[[{"words_from": 42, "words_below": 60, "suggest": 0.38, "apply": None}]],
        ),
    ] = None
    by_length: Annotated[
        list[LengthQualityAnswer] | None,
        Field(
            description="Its quality in texts of fewer than 30, 30 to 59, 60 to 119, and 120 words and more: articles "
            "as they stand, and articles cut short (the headline alone, or the first 12 words if there is none; the "
            "first 50 or 100 words).",
            examples=[
                [
                    {
                        "words_from": 0,
                        "words_below": 30,
                        "support": 210,
                        "precision": 0.75,
                        "recall": 0.62,
                        "f1": 0.68,
                    }
                ]
            ],
        ),
    ] = None
    needs: Annotated[
        NeedsAnswer | None,
        Field(
            description="What else must be probable before it is applied, if anything.",
            examples=[{"group": "theme", "apply": 0.5, "suggest": 0.0}],
        ),
    ] = None
    never_applied: Annotated[
        NeverAppliedAnswer | None,
        Field(
            description="Why `apply` is null.",
            examples=[
                {
                    "cause": "few_stories",
                    "reason": "30 of 30 of its surest stories are right, too few stories to prove 90 %",
                    "advice": "About 30 more stories with the section would be enough, if they are like the present "
                    "ones",
                    "more_stories": 30,
                }
            ],
        ),
    ] = None


class SectionsAnswer(_Answer):
    """The vocabulary of the live model."""

    set: Annotated[str | None, Field(description=_SET, examples=["thai"])] = None
    model: Annotated[str, Field(description="The version of the live model.", examples=[_VERSION])]
    language: Annotated[
        str,
        Field(
            description="BCP 47 code of the language that the model was trained on; of several, the one of most "
            "articles.",
            examples=["en"],
        ),
    ]
    languages: Annotated[
        list[str],
        Field(
            description="All languages that the model was trained on, the one of most articles first.",
            examples=[["en"]],
        ),
    ]
    sections: Annotated[
        list[SectionAnswer], Field(description="The sections, in the order of the vocabulary.", examples=[[_SECTION]])
    ]
    next: Annotated[
        str | None,
        Field(
            description="Send this as `cursor` to get the next page; left out on the last page.",
            examples=["20261129T023000Z-70347be1_1000"],
        ),
    ] = None


class AliveAnswer(_Answer):
    """The process is alive."""

    status: Annotated[Literal["alive"], Field(description="Always `alive`.", examples=["alive"])]


class ReadySet(_Answer):
    """A set of models, and whether it can tag."""

    set: Annotated[str, Field(description="The name of the set.", examples=["thai"])]
    model: Annotated[
        str | None, Field(description="The version of its live model, or null if it cannot tag.", examples=[_VERSION])
    ]


class ReadyAnswer(_Answer):
    """A model is loaded and has scored a probe."""

    status: Annotated[
        Literal["ready", "partly_ready"],
        Field(
            description="`ready`; or `partly_ready`: of several sets of models, some have no usable model; "
            "articles for these are answered 503.",
            examples=["ready"],
        ),
    ]
    model: Annotated[
        str,
        Field(
            description="The version of the live model; of several sets, that of the first that has one.",
            examples=[_VERSION],
        ),
    ]
    sets: Annotated[
        list[ReadySet] | None,
        Field(
            description="The sets of models. Only a service with several sets lists them.",
            examples=[[{"set": "thai", "model": _VERSION}]],
        ),
    ] = None


class ProblemField(_Answer):
    """A field that is wrong."""

    field: Annotated[
        str,
        Field(
            description="The path to the field, such as `articles.3.body`; empty for the whole request.",
            examples=["body"],
        ),
    ]
    detail: Annotated[str, Field(description="What is wrong with it.", examples=[_EXAMPLE_PROBLEM])]


class ProtocolError(_Answer):
    """A problem in the form of OpenAI's API, which clients of the decision protocols show."""

    message: Annotated[str, Field(description="As `detail`.", examples=[f"questions.0.name: {_EXAMPLE_PROBLEM}"])]
    type: Annotated[
        str, Field(description="The kind of problem, as OpenAI's API names it.", examples=["invalid_request_error"])
    ]
    param: Annotated[str | None, Field(description="The first field that is wrong, if any.", examples=["questions.0"])]
    code: Annotated[str, Field(description="The end of `type` of the problem.", examples=["question"])]


class Problem(_Answer):
    """A problem (RFC 9457). It never contains text of the article."""

    type: Annotated[
        str,
        Field(
            pattern=r"^urn:copydesk:problem:[a-z-]+$",
            description="The kind of problem, for programs.",
            examples=["urn:copydesk:problem:invalid-input"],
        ),
    ]
    title: Annotated[str, Field(description="The kind of problem, in words.", examples=["The input is not valid"])]
    status: Annotated[int, Field(ge=400, le=599, description="The status of the answer.", examples=[422])]
    detail: Annotated[
        str, Field(description="What is wrong, the limit, and what to do.", examples=[f"body: {_EXAMPLE_PROBLEM}"])
    ]
    errors: Annotated[
        list[ProblemField] | None,
        Field(
            description="The fields that are wrong, if there are any.",
            examples=[[{"field": "body", "detail": _EXAMPLE_PROBLEM}]],
        ),
    ] = None
    error: Annotated[
        ProtocolError | None,
        Field(
            description="The same again for clients of POST /v1/systemone and POST /v1/decisions; only there.",
            examples=[
                {
                    "message": f"questions.0.name: {_EXAMPLE_PROBLEM}",
                    "type": "invalid_request_error",
                    "param": "questions.0.name",
                    "code": "question",
                }
            ],
        ),
    ] = None


class Activation(BaseModel, extra="forbid", frozen=True, hide_input_in_errors=True):
    """The version to make live."""

    version: Annotated[
        str,
        Field(min_length=1, max_length=100, description="As GET /v1/models lists it.", examples=[_VERSION]),
    ]
    set: Annotated[
        str | None,
        Field(
            max_length=40,
            description="The set of models that has the version. It is needed only if several sets have it.",
            examples=["default"],
        ),
    ] = None
