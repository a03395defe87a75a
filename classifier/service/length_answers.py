"""The parts of the sections' answer that depend on the length of a text."""

from typing import Annotated

from pydantic import BaseModel, Field

_Share = Annotated[float, Field(ge=0, le=1)]


class _OfLengths(BaseModel, extra="forbid"):
    words_from: Annotated[
        int, Field(ge=0, description="The number of words that the shortest of these texts have.", examples=[30])
    ]
    words_below: Annotated[
        int | None, Field(description="The texts have fewer words than this; null for no limit.", examples=[60])
    ]


class LengthThresholds(_OfLengths):
    """The thresholds of a section for texts of some lengths."""

    suggest: Annotated[_Share, Field(description="The probability from which it is suggested.", examples=[0.38])]
    apply: Annotated[
        _Share | None,
        Field(description="The probability from which it is applied; null if it needs an editor.", examples=[0.95]),
    ]


class LengthQualityAnswer(_OfLengths):
    """How good the suggestions of a section are in texts of some lengths, out-of-fold."""

    support: Annotated[int, Field(ge=0, description="The number of these texts with the section.", examples=[180])]
    precision: Annotated[_Share, Field(description="The share of its suggestions that are right.", examples=[0.84])]
    recall: Annotated[_Share, Field(description="The share of its texts that it is suggested for.", examples=[0.75])]
    f1: Annotated[_Share, Field(description="The harmonic mean of precision and recall.", examples=[0.79])]
