"""Tagging articles with several sets of models, each article with the set that it belongs to."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from classifier.answer import Answer
from classifier.article import Article
from classifier.errors import ModelError
from classifier.request import NO_CHOICE, Choice, Taggable, TagRequest, read_article, read_taggable
from classifier.routing.choosing import choose_set, named_set
from classifier.sections import Sections
from classifier.store.sets import OWN, set_folder, set_folders
from classifier.tagger import Tagger


class SetTagger:
    """Tags each article with the set that it names, or with the one of its language.

    With one set it gives the answers of that set's `Tagger`, and answers name no set.

    Parameters
    ----------
    taggers : mapping
        The tagger of each set by name, at least one.
    preferred : sequence of str
        See `classifier.routing.choosing.choose_set`.
    """

    def __init__(self, taggers: Mapping[str, Tagger], preferred: Sequence[str] = ()) -> None:
        self._taggers = dict(taggers)
        self._languages = {name: tagger.languages for name, tagger in taggers.items()}
        self._preferred = tuple(preferred)

    @classmethod
    def load(
        cls, models: Path, set_name: str | None = None, version: str | None = None, preferred: Sequence[str] = ()
    ) -> "SetTagger":
        """Load the live versions of all sets in a folder of models, or one version.

        Parameters
        ----------
        models : Path
            The folder of models.
        set_name : str, optional
            Load only this set.
        version : str, optional
            Load only this version, instead of live ones.
        preferred : sequence of str
            See `SetTagger`.

        Raises
        ------
        ModelError
            If there is no such set or version, or one of them cannot be loaded.
        """
        folders = {} if set_name or version else set_folders(models, live=True)
        if not folders:
            folder = set_folder(models, set_name, version)
            return cls({OWN if folder == models else folder.name: Tagger.load(folder, version)})
        taggers = {}
        for name, folder in folders.items():
            try:
                taggers[name] = Tagger.load(folder)
            except ModelError as error:
                if len(folders) == 1:
                    raise
                raise ModelError(f"the set {name} cannot be used: {error}; or choose another set with --set") from error
        return cls(taggers, preferred)

    @property
    def sections(self) -> Sections:
        """The vocabulary of the first set."""
        return next(iter(self._taggers.values())).sections

    @property
    def trained(self) -> frozenset[str]:
        """The ids of the sections that the first set can give."""
        tagger = next(iter(self._taggers.values()))
        return frozenset(entry.section.id for entry in tagger.manifest.trained)

    def words_for(self, article: Article, sections: Sequence[str], most: int) -> list[tuple[str, ...]]:
        """Return the words of an article that speak most for some sections of its set; see `Tagger.words_for`.

        Raises
        ------
        SetChoiceError, LanguageError
            As `tag`.
        """
        return self._taggers[self._choose(article)].words_for(article, sections, most)

    def tag(self, article: Taggable, choice: Choice = NO_CHOICE) -> Answer:
        """Return the tags of an article; see `Tagger.tag`.

        Raises
        ------
        SetChoiceError, LanguageError
            If it is not clear which set is meant.
        InvalidInputError
            As `Tagger.tag`.
        """
        if not isinstance(article, Article):
            article, choice = read_taggable(article, choice)
        name = self._choose(article)
        return self._named(self._taggers[name].tag(article, choice), name)

    def tag_many(self, articles: Iterable[Taggable], choice: Choice = NO_CHOICE, jobs: int = 1) -> list[Answer]:
        """Return the answer for each article, in order; see `Tagger.tag_many`.

        Raises
        ------
        SetChoiceError, LanguageError, InvalidInputError
            As `tag` does, for one of the articles that have the error.
        """
        listed = [read_article(article) for article in articles]
        names = [self._choose(article) for article in listed]
        answers: dict[int, Answer] = {}
        for name, tagger in self._taggers.items():
            places = [place for place, chosen in enumerate(names) if chosen == name]
            found = tagger.tag_many([listed[place] for place in places], choice, jobs)
            answers |= {place: self._named(answer, name) for place, answer in zip(places, found, strict=True)}
        return [answers[place] for place in range(len(listed))]

    def _choose(self, article: Article) -> str:
        asked = article.set if isinstance(article, TagRequest) else None
        if len(self._taggers) > 1:
            return choose_set(self._languages, article, asked, self._preferred)
        return next(iter(self._taggers)) if asked is None else named_set(self._languages, asked)

    def _named(self, answer: Answer, name: str) -> Answer:
        return answer._replace(set=name) if len(self._taggers) > 1 else answer
