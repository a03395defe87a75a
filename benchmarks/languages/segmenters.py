"""Words by a dictionary: ICU, jieba, MeCab, newmm, Kiwi and others, each for the scripts that it is made for."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

#: From a text to its words.
Segment = Callable[[str], Sequence[str]]


@dataclass(frozen=True)
class Segmenter:
    """A way to find the words of a text: its name, how to load it, and the scripts that a set must and must not have.

    The scripts are named as the names of Unicode's characters begin. Without any, the segmenter suits every set.
    """

    name: str
    load: Callable[[], Segment]
    scripts: frozenset[str] = frozenset()
    never: frozenset[str] = frozenset()

    def suits(self, scripts: frozenset[str]) -> bool:
        """Return whether the segmenter is made for a set with these scripts."""
        return (not self.scripts or bool(self.scripts & scripts)) and not self.never & scripts


def _icu() -> Segment:
    from icu4py.breakers import WordBreaker

    return lambda text: _words(WordBreaker(text, "und"))


def _jieba() -> Segment:
    import logging

    import jieba

    jieba.setLogLevel(logging.WARNING)
    return lambda text: _words(jieba.cut(text))


def _mecab() -> Segment:
    from fugashi import Tagger

    tagger = Tagger("-Owakati")
    return lambda text: _words(tagger.parse(text).split())


def _newmm() -> Segment:
    from pythainlp.tokenize import word_tokenize

    return lambda text: _words(word_tokenize(text, engine="newmm", keep_whitespace=False))


def _kiwi() -> Segment:
    from kiwipiepy import Kiwi

    kiwi = Kiwi()
    return lambda text: _words(token.form for token in kiwi.tokenize(text))


def _khmercut() -> Segment:
    from khmercut import tokenize

    return lambda text: _words(tokenize(text))


def _laonlp() -> Segment:
    from laonlp.tokenize import word_tokenize

    return lambda text: _words(word_tokenize(text))


def _words(found: Iterable[str]) -> list[str]:
    """Return the pieces that hold a letter or a digit, without space around them."""
    return [word for piece in found if any(map(str.isalnum, word := piece.strip()))]


_KANA = frozenset({"HIRAGANA", "KATAKANA"})
SEGMENTERS = (
    Segmenter("ICU", _icu),
    Segmenter("jieba", _jieba, frozenset({"CJK"}), _KANA | {"HANGUL"}),
    Segmenter("MeCab", _mecab, _KANA),
    Segmenter("newmm", _newmm, frozenset({"THAI"})),
    Segmenter("Kiwi", _kiwi, frozenset({"HANGUL"})),
    Segmenter("khmercut", _khmercut, frozenset({"KHMER"})),
    Segmenter("laonlp", _laonlp, frozenset({"LAO"})),
)
