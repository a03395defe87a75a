"""The by-line of a story: the names of its writers, before the first sentence, are left out."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from classifier.text.letters import count_letters

#: What stands before the names of writers. “di” and “na” are no such words: elsewhere they begin names of places.
_BY_WORDS = "by von par por oleh door av af"
_BY_PHRASES = (
    "written by;reported by;report by;reporting by;story by;text by;words by;posted by;opinion by;analysis by;"
    "ein kommentar von;ein gastbeitrag von;eine analyse von;propos recueillis par;escrito por;ditulis oleh;a cura di"
)
_BY, _PHRASES = _BY_WORDS.split(), _BY_PHRASES.split(";")
#: These need a colon.
_LABELS = ("author", "autor", "autora", "autore", "auteur", "reporter", "penulis", "yazar", "автор")
_LEADS = [
    cased + sign
    for words, signs in (([*_BY, *_PHRASES], (" ", ": ")), (_LABELS, (": ",)))
    for word in words
    for cased in sorted({word.upper(), word.capitalize(), word.title(), *(_BY[:1] if word == _BY[0] else ())})
    for sign in signs
]
_LEAD = re.compile("|".join(map(re.escape, _LEADS)))
#: The first three bytes of each of these.
BEGINNINGS = frozenset(lead.encode()[:3] for lead in _LEADS)
#: A first line of more bytes is the story, and the line after it is not looked at.
LONGEST_LINE = 160
#: The comma of “Name Surname, CITY —” is within these bytes.
COMMA_WITHIN = 64
_HEAD = 4 * LONGEST_LINE  # bytes that hold the first two lines, if both may matter
_AS_THEY_ARE = "surrogateescape"  # bytes that are no text, or cut off, come back as they were

_TOKEN = re.compile(r"[^\s,|•·/&—–()]+|[,|•·/&—–()]")
_NAME = re.compile(r"(?:[^\W\d_]{1,3}['’-])?(?P<rest>[^\W\d_](?:[^\W\d_]|['’.\u0300-\u036f-])*)")
_INITIAL_OR_TITLE = 4  # “J.”, “Jr.”; a longer word with a full stop ends a sentence
_WITHIN_NAMES = "de da do dos das del della di du la le van von der den ter ten zu bin bint ibn abu al el ul"
_BETWEEN_NAMES = ", & / and und et y e dan en och og"
_AROUND_NAMES = ", | • · / — – -"
#: A phrase with one of these is no name: “By the numbers”, “By our correspondent”, “Door falls off jet”.
_NOT_IN_NAMES = (
    "a after all an are as at before during every for from how in into is its no not of off on one or our out over "
    "that the their this those to two under until up what when why with without your "
    "dem den der des die das ein eine einen einem nach bis vor zum zur "
    "au aux ce ces cette le les un une los las que qué uma os das dalam dari itu ini para yang het een"
)
#: What may follow the names in their line, apart from names, figures and addresses.
_BEHIND_NAMES = (
    "a ago am an and at aus bei correspondent da de del der desk di do du editor em en et for für from hours hrs in la "
    "le min mins minutes of on our pada para photographer pm pour read reporter special staff the und updated with "
    "writer à"
)
_PARTICLES, _JOINTS, _SEPARATORS, _NO_NAMES, _MAY_FOLLOW = (
    frozenset(words.split()) for words in (_WITHIN_NAMES, _BETWEEN_NAMES, _AROUND_NAMES, _NOT_IN_NAMES, _BEHIND_NAMES)
)
_FEWEST_PARTS, _MOST_PARTS, _MOST_TOKENS_OF_PAPER, _MOST_TOKENS_BEHIND = 2, 5, 4, 14
_ENDS = ".!?…:;”\"’')"
_DATELINE = re.compile(
    r"(?P<city>[^\W\d_](?:[^\W\d_]|['’.-])+(?:[ /][^\W\d_](?:[^\W\d_]|['’.-])*){0,3})"
    r"(?:, [^\n—–:()]{1,40}?)?(?: ?\([^\n()]{2,40}\))?(?:\s*[—–]|\s+--?|:)\s"
)
_FEWEST_LETTERS_OF_CITY = 3
_FEWEST_WITHOUT_BY = 5  # a shorter one may be a party or an office
#: “New Delhi, INDIA —”, “Jeju Island, SOUTH KOREA —”: the words before the comma are a place.
_IN_PLACES = (
    "new north south east west northern southern eastern western central upper lower saint san santa são sao los las "
    "fort port mount cape lake gulf hong kuala phnom tel abu addis buenos ho sri rio city sea ocean island islands bay "
    "river strait province district town beach valley hills border"
)
_OF_PLACES = frozenset(_IN_PLACES.split())


class _Token(NamedTuple):
    text: str
    start: int
    end: int


def split_byline(story: bytes) -> tuple[bytes, int]:
    """Leave out the writers' names of a by-line before the first sentence of a story.

    - A by-line is the first line, or the second after a short first one: “By”, a word for it in another language or
      “Author:”, then the names of persons, then at most a role, a paper, a place, a date.
    - It may also begin the first sentence, before a place in capitals and a dash or colon: “By Name Surname LONDON
      (Reuters) -”, “Name Surname, LONDON —”.
    - Only the names go, with the word and the signs around them; a role or a paper written like a name goes with them.
      All else stays, and so does a line that may be a sentence.

    Parameters
    ----------
    story : bytes
        Cleaned text as UTF-8.

    Returns
    -------
    story : bytes
    dropped : int
        The number of letters that are left out.
    """
    head = story[:_HEAD].decode(errors=_AS_THEY_ARE)
    first, _, _ = head.partition("\n")
    begin, length = 0, _length_of_byline(first, may_go_on=True)
    if not length and len(first) < len(head) and len(first.encode(errors=_AS_THEY_ARE)) <= LONGEST_LINE:
        begin = len(head) - len(head[len(first) :].lstrip("\n"))
        length = _length_of_byline(head[begin:].partition("\n")[0], may_go_on=False)
    if not length:
        return story, 0
    before = head[:begin].encode(errors=_AS_THEY_ARE)
    after = story[len(head[: begin + length].encode(errors=_AS_THEY_ARE)) :]
    if not after or after.startswith(b"\n"):  # nothing is left of the line
        after = after.lstrip(b"\n")
        before = before if after else before.rstrip(b"\n")
    return before + after, count_letters(head[begin : begin + length])


def _length_of_byline(line: str, *, may_go_on: bool) -> int:
    """Return how many characters of a line hold the names of a by-line and what belongs to them; 0 if it has none."""
    lead = _LEAD.match(line)
    at = lead.end() if lead else 0
    if not lead and not may_go_on:
        return 0
    tokens = [_Token(found.group(), *found.span()) for found in _TOKEN.finditer(line[: 2 * LONGEST_LINE], at)]
    n = _n_of_people(tokens)
    if not n:
        return 0
    behind = n
    while behind < len(tokens) and tokens[behind].text in _SEPARATORS:
        behind += 1
    rest = tokens[behind].start if behind < len(tokens) else len(line)
    if may_go_on and (lead or _may_stand_alone(tokens[:n], tokens[n : n + 1])):
        of_paper = tokens[behind : behind + _MOST_TOKENS_OF_PAPER] if lead else []
        at_most = next((k for k, token in enumerate(of_paper) if not _may_follow(token.text)), len(of_paper))
        fewest = _FEWEST_LETTERS_OF_CITY if lead else _FEWEST_WITHOUT_BY
        starts = [rest, *(token.start for token in of_paper[1 : at_most + 1])]
        if any(count_letters(_city_of_dateline(line, start)) >= fewest for start in starts):
            return rest
    return rest if lead and len(line) <= LONGEST_LINE and _is_end_of_line(tokens[n:], line) else 0


def _n_of_people(tokens: Sequence[_Token]) -> int:
    """Return how many of the first tokens are the names of persons, each of two parts or more."""
    n = at = 0
    has_small_letters = False
    while length := _length_of_name(tokens[at:]):
        if n and has_small_letters and _words(tokens[at : at + length]).isupper():
            break  # a city or an agency
        n = at + length
        has_small_letters = not _words(tokens[:n]).isupper()
        joint = n
        while joint < len(tokens) and tokens[joint].text.casefold() in _JOINTS:  # “, and”
            joint += 1
        if joint == n:
            break
        at = joint
    return n


def _words(tokens: Sequence[_Token]) -> str:
    return " ".join(token.text for token in tokens)


def _length_of_name(tokens: Sequence[_Token]) -> int:
    n_parts = end = 0
    has_small_letters = False
    for number, token in enumerate(tokens):
        if _is_name(token.text):
            if n_parts >= _FEWEST_PARTS and has_small_letters and _is_in_capitals(token.text):
                break  # a city or an agency
            n_parts, end = n_parts + 1, number + 1
            has_small_letters |= not token.text.isupper()
        elif not n_parts or token.text not in _PARTICLES:
            break
    return end if _FEWEST_PARTS <= n_parts <= _MOST_PARTS else 0


def _is_name(word: str) -> bool:
    found = _NAME.fullmatch(word)
    if not found or word.casefold() in _NO_NAMES:
        return False
    is_capital = word[0].isupper() or found["rest"][0].isupper()
    return is_capital and not (word.endswith(".") and len(word) > _INITIAL_OR_TITLE)


def _is_in_capitals(text: str) -> bool:
    return text.isupper() and count_letters(text) >= _FEWEST_LETTERS_OF_CITY


def _city_of_dateline(line: str, at: int) -> str:
    """Return the city in capitals that begins there if it has a dash or colon behind it; empty if there is none."""
    found = _DATELINE.match(line, at)
    return found["city"] if found and found["city"].isupper() else ""


def _may_stand_alone(people: Sequence[_Token], behind: Sequence[_Token]) -> bool:
    """Return whether names with no “By” before them are one person's, with a comma behind them."""
    words = [token.text for token in people]
    is_place = any(word.casefold() in _OF_PLACES for word in words)
    return [token.text for token in behind] == [","] and "," not in words and not is_place and not words[0].isupper()


def _is_end_of_line(behind: Sequence[_Token], line: str) -> bool:
    """Return whether the tokens behind names are a role, a paper, a place, a date, so the line cannot be a sentence."""
    if not behind:
        return True
    if line[-1] in _ENDS.replace(")", "") or len(behind) > _MOST_TOKENS_BEHIND:
        return False
    return all(_may_follow(token.text) for token in behind)


def _may_follow(text: str) -> bool:
    is_word = text[0].isupper() or text[0].isdigit() or text.casefold() in _MAY_FOLLOW
    return is_word or text in _SEPARATORS or text in "()&" or "@" in text
