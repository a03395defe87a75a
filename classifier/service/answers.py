"""The answers, as the contract describes them. These models only document: the routes write answers without them."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from classifier.answer import Decision, Outcome
from classifier.article import MAX_ID_LENGTH
from classifier.tagger import MAX_SPANS

NINJS = "application/vnd.iptc.ninjs+json"
Probability = Annotated[float, Field(ge=0, le=1)]
Span = Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=2, max_length=2)]


class _Answer(BaseModel, extra="forbid"):
    pass


class EvidenceAnswer(_Answer):
    """A term, and how strongly it supports the section: its share of the logit. Below 0 it counts against it."""

    term: Annotated[str, Field(description="As the article writes it.")]
    share: float
    spans: Annotated[
        list[Span],
        Field(
            max_length=MAX_SPANS,
            description=f"Its places in `text`: start and end, in characters. At most the first {MAX_SPANS}; the share "
            "counts every place.",
        ),
    ]


class TagAnswer(_Answer):
    """A section for the article."""

    section: Annotated[str, Field(description="The section's stable id.")]
    name: Annotated[str, Field(description="The section's name for readers.")]
    probability: Annotated[
        Probability,
        Field(description="The probability of this section alone. Probabilities of sections do not add up to 1."),
    ]
    decision: Annotated[
        Decision,
        Field(
            description="`apply`: the model is sure; no editor is needed. `review`: an editor should look. "
            "`below`: under the section's threshold; only with `all`."
        ),
    ]
    logit: Annotated[
        float | None, Field(description="With `explain`: the log odds that the probability is made from.")
    ] = None
    evidence: Annotated[
        list[EvidenceAnswer] | None, Field(description="With `explain`: the strongest terms, for or against.")
    ] = None
    rest: Annotated[
        float | None, Field(description="With `explain`: the part of `logit` that is not in `evidence`.")
    ] = None


class ArticleAnswer(_Answer):
    """The tags of an article, strongest first."""

    id: Annotated[str | None, Field(max_length=MAX_ID_LENGTH, description="The id of the request.")]
    model: Annotated[str, Field(description="The version of the model that answered.")]
    outcome: Annotated[
        Outcome,
        Field(
            description="`tagged`: there are tags. `none`: the article belongs to no section. `no_known_terms`: no "
            "word of the article occurs in the training articles, because it is too short or in another language."
        ),
    ]
    tags: list[TagAnswer]
    text: Annotated[str | None, Field(description="With `explain`: the cleaned text that the spans refer to.")] = None


class NinjsHeadline(_Answer):
    """The headline, without markup."""

    role: Literal["main"]
    value: str


class NinjsSubject(_Answer):
    """A section or its Media Topic."""

    name: str
    rel: Literal["about"]
    uri: str
    literal: Annotated[str, Field(description="`section:ID`, or `medtop:CODE` of the IPTC's Media Topics.")]
    creator: Annotated[str, Field(description="`copydesk/` and the version of the model.")]
    relevance: Annotated[int, Field(ge=0, le=100, description="As `confidence`.")]
    confidence: Annotated[int, Field(ge=0, le=100, description="The probability in percent.")]


class NinjsAnswer(_Answer):
    """The article as an item of ninjs 3.1, with the tags as its subjects, strongest first."""

    uri: Annotated[str, Field(description="The article's `url`, or a URN of its `id` or of its text.")]
    type: Literal["text"]
    language: str
    headlines: list[NinjsHeadline] | None = None
    subjects: list[NinjsSubject]


class BatchAnswer(_Answer):
    """The answers to the articles of a batch, in their order."""

    results: list[ArticleAnswer]


class SectionAnswer(_Answer):
    """A section, and how well the model knows it. The figures are out-of-fold."""

    id: str
    name: str
    group: str
    definition: str
    aliases: list[str]
    status: Literal["active", "deprecated"]
    replaced_by: str | None
    external: Annotated[dict[str, str], Field(description="Its ids in other systems, such as `wordpress`.")]
    support: Annotated[int, Field(ge=0, description="The number of articles with this section in the training data.")]
    trained: Annotated[
        bool, Field(description="False if the section is deprecated or has too few articles: it is never suggested.")
    ]
    suggest: Annotated[
        Probability | None, Field(description="The probability from which the section is suggested.")
    ] = None
    apply: Annotated[
        Probability | None,
        Field(description="The probability from which the section is applied; null if it always needs an editor."),
    ] = None
    precision: Probability | None = None
    recall: Probability | None = None
    f1: Probability | None = None


class SectionsAnswer(_Answer):
    """The vocabulary of the live model."""

    model: str
    language: Annotated[str, Field(description="BCP 47 code of the language that the model was trained on.")]
    sections: list[SectionAnswer]


class AliveAnswer(_Answer):
    """The process is alive."""

    status: Literal["alive"]


class ReadyAnswer(_Answer):
    """A model is loaded and has scored a probe."""

    status: Literal["ready"]
    model: str


class ProblemField(_Answer):
    """A field that is wrong."""

    field: Annotated[
        str, Field(description="The path to the field, such as `articles.3.body`; empty for the whole request.")
    ]
    detail: str


class Problem(_Answer):
    """A problem (RFC 9457). It never contains text of the article."""

    type: Annotated[str, Field(pattern=r"^urn:copydesk:problem:[a-z-]+$")]
    title: str
    status: Annotated[int, Field(ge=400, le=599)]
    detail: Annotated[str, Field(description="What is wrong, the limit, and what to do.")]
    errors: Annotated[list[ProblemField] | None, Field(description="The fields that are wrong, if there are any.")] = (
        None
    )


class Activation(BaseModel, extra="forbid", frozen=True, hide_input_in_errors=True):
    """The version to make live."""

    version: Annotated[str, Field(min_length=1, max_length=100)]
