"""An archive is labelled by a teacher: each article is asked about once, and answers are kept as they come."""

from collections import Counter, deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field

from classifier.article import Article
from classifier.errors import number_of
from classifier.progress import Progress
from classifier.sections import Sections
from classifier.teach.cache import AnswerCache
from classifier.teach.questions import Question, key_of, tokens
from classifier.teach.teacher import Teacher, TeacherError, UnansweredError
from classifier.text.page import HeaderNames
from classifier.text.prepare import prepare

#: That many articles in a row without an answer end the work: the teacher is away.
MOST_FAILURES_IN_A_ROW = 5
_REPORTS = 20


@dataclass
class LabellingAccount:
    """What came of labelling an archive: counts of articles, and what was paid for.

    ``failed`` has the places of the articles that got no answer, and why. ``beyond_limit`` counts the articles that
    were not asked about because of the limit. ``estimated`` is the number of input tokens that the requests have by our
    own count; ``counted`` is the number by the teacher's.
    """

    n_articles: int = 0
    n_asked: int = 0
    n_cached: int = 0
    n_refused: int = 0
    beyond_limit: int = 0
    by_person: int = 0
    estimated: int = 0
    counted: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)

    def cost(self, price: float | None) -> str:
        """Return the tokens, and what they cost at a price for a million of them."""
        n = self.counted or self.estimated
        return f"{n:,} input tokens{'' if price is None else f', ${n * price / 1e6:,.4f}'}"


@dataclass(frozen=True)
class Labelling:
    """How an archive is labelled.

    Parameters
    ----------
    sections : Sections
    questions : sequence of Question
    limit : int, optional
        At most that many articles are asked about.
    connections : int
        Requests at a time.
    price : float, optional
        Dollars for a million input tokens.
    by_person : frozenset of str
        Digests of articles that a person has labelled: they are not asked about.
    """

    sections: Sections
    questions: Sequence[Question]
    limit: int | None = None
    connections: int = 4
    price: float | None = None
    by_person: frozenset[bytes] = frozenset()


@dataclass(frozen=True, slots=True)
class AskedArticle:
    """An article, its place in its file, its text, and the questions about it that have no answer yet."""

    place: str
    article: Article
    text: str
    missing: tuple[Question, ...]


def articles_to_ask(
    found: Iterator[tuple[str, Article]], how: Labelling, cache: AnswerCache, model: str, account: LabellingAccount
) -> Iterator[AskedArticle]:
    """Yield the articles about which the teacher is to be asked; count all of them in the account."""
    header = HeaderNames(how.sections.spellings)
    seen: set[bytes] = set()
    for place, article in found:
        account.n_articles += 1
        if article.digest in how.by_person:
            account.by_person += 1
            continue
        text = prepare(article, header).text
        keys = {key_of(question, text, model): question for question in how.questions}
        answered = cache.get(list(keys))
        missing = tuple(question for key, question in keys.items() if key not in answered)
        if not missing or article.digest in seen:
            account.n_cached += 1
        elif how.limit is not None and len(seen) >= how.limit:
            account.beyond_limit += 1
        else:
            seen.add(article.digest)
            account.estimated += tokens(text) + sum(question.n_tokens for question in missing)
            yield AskedArticle(place, article, text, missing)


def label_archive(
    asked: Iterator[AskedArticle],
    n_asked: int,
    how: Labelling,
    teacher: Teacher,
    cache: AnswerCache,
    account: LabellingAccount,
    progress: Progress,
) -> None:
    """Ask a teacher about articles, and keep its answers.

    Each answer is on disk before it is counted. If this is interrupted, requests that are under way are waited for and
    their answers kept.

    Raises
    ------
    TeacherError
        If the teacher refuses every question, or several articles in a row get no answer.
    """
    progress.stage("asking the teacher", n_asked)
    report = _Reports(how.price, n_asked, account, progress)
    answers = _in_order(asked, lambda item: _ask(item, teacher, cache), how.connections)
    with closing(answers):
        _count(answers, account, report, progress)


def _count(
    answers: Iterator[tuple[AskedArticle, "Future[tuple[int, int]]"]],
    account: LabellingAccount,
    report: "_Reports",
    progress: Progress,
) -> None:
    in_a_row = 0
    for item, outcome in answers:
        try:
            counted, n_refused = outcome.result()
        except UnansweredError as error:
            in_a_row += 1
            account.failed.append((item.place, str(error)))
            if in_a_row >= MOST_FAILURES_IN_A_ROW:
                raise TeacherError(
                    f"{in_a_row} articles in a row got no answer; the last reason: {error}. Fix: check "
                    "--teacher, and that the teacher works, then run the same command: articles that have answers are "
                    "not asked about again"
                ) from error
        else:
            in_a_row = 0
            account.n_asked += 1
            account.n_refused += n_refused
            account.counted += counted
        progress.step()
        report.step()


def _ask(item: AskedArticle, teacher: Teacher, cache: AnswerCache) -> tuple[int, int]:
    """Ask about an article and keep the answers; return the tokens and the number of refusals."""
    answer = teacher.ask(item.text, item.missing)
    model = teacher.options.model
    cache.put(
        {key_of(question, item.text, model): answer.probabilities.get(question.section) for question in item.missing}
    )
    return answer.input_tokens, len(answer.refused)


def _in_order(
    items: Iterator[AskedArticle], work: "Callable[[AskedArticle], tuple[int, int]]", n_threads: int
) -> Generator[tuple[AskedArticle, "Future[tuple[int, int]]"]]:
    """Yield items with their finished work, in order; no more than a few are under way or in memory."""
    pool = ThreadPoolExecutor(n_threads)
    under_way: deque[tuple[AskedArticle, Future[tuple[int, int]]]] = deque()
    try:
        for item in items:
            under_way.append((item, pool.submit(work, item)))
            if len(under_way) > n_threads:
                yield _finished(under_way)
        while under_way:
            yield _finished(under_way)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _finished(
    under_way: "deque[tuple[AskedArticle, Future[tuple[int, int]]]]",
) -> tuple[AskedArticle, "Future[tuple[int, int]]"]:
    item, outcome = under_way.popleft()
    outcome.exception()  # waits
    return item, outcome


class _Reports:
    """Lines on the way about what has been paid for."""

    def __init__(self, price: float | None, n: int, account: LabellingAccount, progress: Progress) -> None:
        self._price, self._n, self._account, self._progress = price, n, account, progress
        self._every = max(100, n // _REPORTS)
        self._done = 0

    def step(self) -> None:
        self._done += 1
        if self._done % self._every == 0 and self._done < self._n:
            done = number_of(self._done, "article")
            self._progress.note(f"{done} of {self._n:,}: {self._account.cost(self._price)} so far")
