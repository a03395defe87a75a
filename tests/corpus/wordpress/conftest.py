import pytest

from classifier.corpus.readers import Reading, read_corpus


@pytest.fixture
def read(tmp_path, sections):
    def read(source, vocabulary=sections, **reading):
        path = tmp_path / "export.xml"
        path.write_bytes(source if isinstance(source, bytes) else source.encode())
        return read_corpus([path], vocabulary, Reading(**reading))

    return read
