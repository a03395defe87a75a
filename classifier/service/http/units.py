"""Places in a text, counted in the units of JavaScript, Java and C#."""

import re
from bisect import bisect_left
from dataclasses import replace

from classifier.answer import Answer, Tag

#: Characters outside the Basic Multilingual Plane, such as emoji: one code point, but two units of UTF-16.
_TWO_UNITS = re.compile("[\U00010000-\U0010ffff]")


def in_utf16(answer: Answer) -> Answer:
    """Return an answer whose spans count UTF-16 code units instead of code points.

    Parameters
    ----------
    answer : Answer
        With its text, if it has spans. Without text it comes back as it is.
    """
    long = [found.start() for found in _TWO_UNITS.finditer(answer.text or "")]
    return answer._replace(tags=tuple(_shifted(tag, long) for tag in answer.tags)) if long else answer


def _shifted(tag: Tag, long: list[int]) -> Tag:
    if tag.explanation is None:
        return tag
    evidence = tuple(
        replace(
            item,
            spans=tuple((start + bisect_left(long, start), end + bisect_left(long, end)) for start, end in item.spans),
        )
        for item in tag.explanation.evidence
    )
    return tag._replace(explanation=replace(tag.explanation, evidence=evidence))
