"""Near copies: copies with one changed character that are found, and unrelated headlines that are called copies."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from random import Random

from benchmarks.languages.sets import SIB, Example, read_set
from benchmarks.report import Report

N_COPIES = 100
LENGTH = 500
LEAST_FOUND = 95
#: Languages whose articles are changed and looked for.
CHANGED = tuple(f"{SIB}{code}" for code in ("jpn_Jpan", "mya_Mymr", "tha_Thai", "hin_Deva", "eng_Latn"))
#: Headlines among which copies are looked for: few are copies.
HEADLINES = "zh_thuc"
N_HEADLINES = 10_000
MOST_FALSE = 5
#: Two headlines that have less than half of their characters in common, in the same order, are no copies.
LEAST_ALIKE = 0.5
_SEED = 15


def copies_report(folder: Path, names: Sequence[str]) -> Report:
    """Count the copies found among articles with one changed character, and the false copies among headlines."""
    report = Report(
        f"Near copies: {N_COPIES} articles of {LENGTH} characters with one changed, and headlines",
        ["set", "what", "found", "of", "target", "met"],
        n_text_columns=2,
    )
    for name in [name for name in names if name in CHANGED]:
        articles = joined(read_set(folder, name).examples, N_COPIES, Random(_SEED))
        found = sum(are_copies(text, changed(text)) for text in articles)
        report.rows.append(
            (name, "one character changed", found, N_COPIES, f"at least {LEAST_FOUND}", _yes(found >= LEAST_FOUND))
        )
    if HEADLINES in names:
        _add_headlines(report, [example.text for example in read_set(folder, HEADLINES).examples][:N_HEADLINES])
    return report


def _add_headlines(report: Report, texts: Sequence[str]) -> None:
    groups = [group for group in stories(texts) if len(group) > 1]
    n_called = sum(len(group) - 1 for group in groups)
    n_false = sum(false_copies([texts[n] for n in group]) for group in groups)
    report.rows += [
        (HEADLINES, "headlines called copies", n_called, len(texts), "", ""),
        (
            HEADLINES,
            "of these, with less than half of the characters in common",
            n_false,
            len(texts),
            f"fewer than {MOST_FALSE}",
            _yes(n_false < MOST_FALSE),
        ),
    ]


def joined(examples: Sequence[Example], n: int, random: Random) -> list[str]:
    """Return ``n`` articles of at least 500 characters: sentences of one topic, joined with a space."""
    by_label: defaultdict[str, list[str]] = defaultdict(list)
    for example in examples:
        by_label[example.label].append(example.text)
    labels = sorted(by_label)
    return [_article(by_label[labels[number % len(labels)]], random) for number in range(n)]


def _article(sentences: Sequence[str], random: Random) -> str:
    shuffled = random.sample(sentences, len(sentences))
    article = ""
    for sentence in shuffled:
        article = f"{article} {sentence}".strip()
        if len(article) >= LENGTH:
            break
    return article


def changed(text: str) -> str:
    """Return the text with one letter changed: the first one of the second half becomes another letter of the text."""
    middle = next(n for n in range(len(text) // 2, len(text)) if text[n].isalpha())
    other = next(letter for letter in reversed(text) if letter.isalpha() and letter.lower() != text[middle].lower())
    return text[:middle] + other + text[middle + 1 :]


def are_copies(one: str, other: str) -> bool:
    """Return whether Copydesk puts two texts into one story."""
    return len(list(stories([one, other]))) == 1


def stories(texts: Sequence[str]) -> Iterator[list[int]]:
    """Yield the texts of each story, as Copydesk groups them in training."""
    from classifier.corpus.stories import group_stories, sign

    groups: defaultdict[int, list[int]] = defaultdict(list)
    for number, story in enumerate(group_stories(sign(texts), texts).tolist()):
        groups[story].append(number)
    yield from groups.values()


def false_copies(texts: Sequence[str]) -> int:
    """Return how many of the texts of a story are like no other one of them; one of them is no copy in any case."""
    alone = sum(not any(_alike(text, other) for m, other in enumerate(texts) if m != n) for n, text in enumerate(texts))
    return min(alone, len(texts) - 1)


def _alike(one: str, other: str) -> bool:
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= LEAST_ALIKE


def _yes(holds: bool) -> str:
    return "yes" if holds else "no"
