import pytest

from classifier import Section, Sections
from classifier.corpus.readers import Reading, read_corpus

VOCABULARY = Sections(
    [
        Section(id="sport", name="Sport"),
        Section(
            id="politics", name="Politics", external={"iptc": "medtop:11000000", "skos": "https://topics.example/p1"}
        ),
        Section(id="south-asia", name="South Asia"),
    ]
)


@pytest.fixture
def read(tmp_path):
    def read(name, source, vocabulary=VOCABULARY, **reading):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(source if isinstance(source, bytes) else source.encode())
        return read_corpus([path], vocabulary, Reading(**reading))

    return read


@pytest.fixture
def found():
    """Return the id, text and sections of each article of a corpus."""

    def found(corpus):
        return [(item.article.id, item.prepared.text, sorted(item.sections)) for item in corpus.articles]

    return found
