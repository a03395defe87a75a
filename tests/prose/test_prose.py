"""The rules of the English find what they should, at the line where it stands."""

from pathlib import Path

import pytest

from tests.prose.__main__ import HERE, TEXTLINT, check
from tests.prose.sources import sentences

installed = pytest.mark.skipif(not TEXTLINT.exists(), reason="textlint is not installed: make prose")


def _examples() -> list[str]:
    lines = (HERE / "rules.yml").read_text().splitlines()
    return [line.split(": ", 1)[1].strip('"') for line in lines if line.strip().startswith("example: ")]


@installed
def test_each_rule_finds_its_example(tmp_path):
    rules = (HERE / "rules.yml").read_text().count("- pattern: ")
    page = tmp_path / "page.md"
    page.write_text("".join(f"{example}\n\n" for example in _examples()))
    missed = set(range(1, 2 * rules, 2)) - {finding.line for finding in check([page])}
    assert len(_examples()) == rules
    assert [_examples()[line // 2] for line in sorted(missed)] == []


@installed
def test_plain_sentences_and_code_pass(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "Fix the row, because it has no text. See `beside`.\n\n```console\n$ mend it\n```\n\nWait, for example.\n"
    )
    assert check([page]) == []


@installed
def test_a_finding_in_code_names_the_line_of_its_string(tmp_path):
    module = tmp_path / "module.py"
    module.write_text('"""One line."""\n\nx = 1\nraise ValueError(f"row {x} is broken; mend it first")\n')
    assert [(f.file, f.line, f.words) for f in check([module])] == [(module, 4, "mend")]


@pytest.mark.parametrize(
    ("name", "source", "found"),
    [
        (
            "a.py",
            '"""Head of it.\n\nA second paragraph, in\ntwo lines.\n"""',
            [(1, "Head of it."), (3, "A second paragraph, in two lines.")],
        ),
        ("a.py", 'x = 1\ny = f"more than {x} rows are bad"', [(2, "more than … rows are bad")]),
        ("a.py", 'x = ["models", "two words"]', []),
        (
            "a.php",
            "<?php\n_n( '%d post has it', '%d posts have it', 2 );",
            [(2, "%d post has it"), (2, "%d posts have it")],
        ),
        (
            "a.php",
            "<?php\nadd_action( 'one two three', $x ); esc_html_e( 'Ask again for sections', 'copydesk' );",
            [(2, "Ask again for sections")],
        ),
        (
            "a.js",
            "const a = 1;\nconst b = __( 'Ask again for sections', 'copydesk' );",
            [(2, "Ask again for sections")],
        ),
        (
            "a.html.j2",
            "<p>\n\n<b>Three</b> plain\nwords {{ x }} here</p><script>var not this one</script>",
            [(3, "Three plain words … here")],
        ),
    ],
)
def test_sentences_are_found_with_their_lines(tmp_path, name, source, found):
    file = tmp_path / name
    file.write_text(source)
    assert sentences(file) == found


def test_a_file_of_an_unknown_kind_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"words\.txt: sentences are found in \.py"):
        sentences(Path(tmp_path / "words.txt"))
