"""Other classifiers on the same splits: the same linear model on other terms, and fastText with subwords."""

import re
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any

from benchmarks.languages.segmenters import SEGMENTERS, Segment, Segmenter
from benchmarks.languages.sets import LATIN, LanguageSet, Split
from benchmarks.peers import silence

WORDS, CHAR_WB, FASTTEXT = "scikit-learn words", "scikit-learn char_wb", "fastText"
DICTIONARIES = tuple(segmenter.name for segmenter in SEGMENTERS)
#: From the splits of a set to the labels given to the tests of each.
Label = Callable[[Sequence[Split]], list[list[str]]]
_WORD = re.compile(r"\w\w+")
_DIGIT = re.compile(r"\d")
_CHARACTERS = (2, 5)
_KEPT_TEXTS = 2_000


@dataclass(frozen=True)
class Peer:
    """A classifier: its name, how to load it, and whether it is made for a set."""

    name: str
    load: Callable[[], Label]
    segmenter: Segmenter | None = None

    def suits(self, found: LanguageSet) -> bool:
        """Return whether the peer is made for the scripts of a set; Latin script needs no dictionary to find words."""
        return self.segmenter is None or (found.main_script != LATIN and self.segmenter.suits(found.scripts))


def loaded(names: Iterable[str]) -> tuple[list[tuple[Peer, Label]], list[str]]:
    """Return the peers that can be run, and for each other one a sentence that gives the reason."""
    found: list[tuple[Peer, Label]] = []
    missing = []
    for peer in (peer for peer in PEERS if peer.name in set(names)):
        try:
            with silence():
                found.append((peer, peer.load()))
        except ImportError as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            missing.append(f"{peer.name} is not measured: {reason}. Fix: pip install -e '.[bench]'")
    return found, missing


def folded(text: str) -> str:
    """Return the text lowercased, with every digit as 0."""
    return _DIGIT.sub("0", text.lower())


def words(text: str) -> list[str]:
    """Return the words as scikit-learn finds them, two or more word characters, and their pairs."""
    from benchmarks.languages.linear import with_pairs

    return with_pairs(_WORD.findall(folded(text)))


def characters(text: str) -> list[str]:
    """Return the runs of 2 to 5 characters within the edges of words, as scikit-learn's ``char_wb`` has them."""
    return _char_wb()(text)


@cache
def _char_wb() -> Callable[[str], list[str]]:
    from sklearn.feature_extraction.text import TfidfVectorizer

    analyzer: Callable[[str], list[str]] = TfidfVectorizer(
        analyzer="char_wb", ngram_range=_CHARACTERS, preprocessor=folded
    ).build_analyzer()
    return analyzer


def _linear(load: Callable[[], Callable[[str], Sequence[str]]]) -> Label:
    terms = load()
    return lambda splits: [_linear_labels(split, terms) for split in splits]


def _linear_labels(split: Split, terms: Callable[[str], Sequence[str]]) -> list[str]:
    from benchmarks.languages.linear import classify

    train, test = ([example.text for example in part] for part in (split.train, split.test))
    return classify(train, [example.label for example in split.train], test, terms)


def _segmented(load: Callable[[], Segment]) -> Callable[[str], Sequence[str]]:
    from benchmarks.languages.linear import with_pairs

    segment = lru_cache(_KEPT_TEXTS)(load())  # five folds have the same texts
    return lambda text: with_pairs([folded(word) for word in segment(text)])


def _fasttext() -> Label:
    import fasttext as library

    def label(splits: Sequence[Split]) -> list[list[str]]:
        return [_fasttext_labels(library.train_supervised, split) for split in splits]

    return label


def _fasttext_labels(train: Callable[..., Any], split: Split) -> list[str]:
    """Train fastText with subwords of 2 to 5 characters on one thread: on more, no two runs are the same."""
    labels = sorted({example.label for example in split.train})
    number = {label: n for n, label in enumerate(labels)}
    with tempfile.TemporaryDirectory() as folder, silence():
        path = Path(folder) / "train.txt"
        lines = (f"__label__{number[example.label]} {_line(example.text)}\n" for example in split.train)
        path.write_text("".join(lines), encoding="utf-8")
        model = train(str(path), minn=2, maxn=5, wordNgrams=2, epoch=25, lr=0.5, bucket=200_000, thread=1, verbose=0)
    inner = model.f  # the outer predict fails with NumPy 2
    given = (inner.predict(_line(example.text) + "\n", 1, 0.0, "strict") for example in split.test)
    return [labels[int(found[0][1].removeprefix("__label__"))] if found else labels[0] for found in given]


def _line(text: str) -> str:
    return " ".join(folded(text).split())


PEERS = (
    Peer(WORDS, partial(_linear, lambda: words)),
    Peer(CHAR_WB, partial(_linear, lambda: characters)),
    Peer(FASTTEXT, _fasttext),
    *(
        Peer(segmenter.name, partial(_linear, partial(_segmented, segmenter.load)), segmenter)
        for segmenter in SEGMENTERS
    ),
)
