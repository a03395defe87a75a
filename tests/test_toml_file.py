"""TOML files from strangers: any fault is one sentence that names the file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.errors import SectionsError, SettingsError
from classifier.sections import Sections
from classifier.toml_file import read_toml


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("a = " + "[" * 5_000, "is not TOML in UTF-8: its values are nested too deeply"),
        ("a = " + "{a=" * 5_000, "is not TOML in UTF-8: its values are nested too deeply"),
        (".".join("a" * 60) + " = 1", "has a key of 50 parts or more"),
        ("[" + " . ".join(['"a"', "b-1"] * 30) + "]", "has a key of 50 parts or more"),
        ("a = " + "1" * 5_000, "is not TOML in UTF-8"),
        ("a = 1\0", "is not TOML in UTF-8"),
        ("a = \xff".encode("latin-1"), "is not TOML in UTF-8"),
        ("a = 2026-02-31", "is not TOML in UTF-8"),
    ],
    ids=["lists", "tables", "key", "header", "digits", "NUL", "bytes", "day"],
)
def test_a_file_that_no_parser_takes_is_one_sentence(tmp_path, source, words):
    path = tmp_path / "sections.toml"
    path.write_bytes(source if isinstance(source, bytes) else source.encode())
    with pytest.raises(SectionsError, match=rf"sections\.toml {words}") as error:
        Sections.load(path)
    assert "\n" not in str(error.value)


def test_a_file_over_the_limit_is_not_read(tmp_path):
    path = tmp_path / "settings.toml"
    path.write_text("# " + "x" * 100)
    with pytest.raises(SettingsError, match=r"settings\.toml is longer than the 100 bytes allowed"):
        read_toml(path, SettingsError, max_bytes=100)
    assert read_toml(path, SettingsError, max_bytes=102) == ({}, "# " + "x" * 100)


def test_texts_and_keys_of_a_vocabulary_are_no_long_keys(tmp_path):
    path = tmp_path / "x.toml"
    path.write_text(f'a.b."c d".e = "{"..." * 100} {"e.g. " * 20}"\n# {"." * 200}\n')
    assert read_toml(path, SectionsError)[0]["a"]["b"]["c d"]["e"].startswith("...")


@given(st.binary(max_size=100) | st.text(st.sampled_from('[]{}="a.1\n,# -:T')).map(str.encode))
def test_whatever_bytes_a_file_holds_it_is_read_or_named(tmp_path_factory, source):
    path = tmp_path_factory.mktemp("toml") / "x.toml"
    path.write_bytes(source)
    try:
        assert isinstance(read_toml(path, SectionsError)[0], dict)
    except SectionsError as error:
        assert "x.toml" in str(error)  # noqa: PT017 - some files are read
