"""Tables: a figure is never cut, however narrow the terminal is."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from classifier.commands.tables import blocks

names = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Cf", "Zl", "Zp", "Mn", "Me"), exclude_characters="…"), max_size=30
)
figures = st.one_of(
    st.just(""),
    st.integers(0, 10**9).map(lambda n: f"{n:,}"),
    st.floats(0, 1).map(lambda f: f"{f:.3f}"),
    st.floats(0, 1).map(lambda f: f"{f:.3f} ({f / 2:.3f}-{f:.3f})"),
)


@st.composite
def tables(draw):
    n_columns = draw(st.integers(1, 12))
    n_text = draw(st.integers(1, n_columns))
    headers = draw(st.lists(names, min_size=n_columns, max_size=n_columns))
    row = st.tuples(*[names] * n_text, *[figures] * (n_columns - n_text))
    return headers, draw(st.lists(row, max_size=6)), n_text


@given(tables(), st.one_of(st.none(), st.integers(1, 200)))
def test_every_figure_is_there_whole_at_any_width(table, width):
    headers, rows, n_text = table
    lines = [line for block in blocks(headers, rows, n_text, width) for line in block]
    text = "\n".join(lines)
    assert "…" not in text
    for row in rows:
        for figure in row[n_text:]:
            assert figure in text


@given(tables(), st.integers(1, 200))
def test_lines_fit_the_terminal_unless_values_stand_on_lines_of_their_own(table, width):
    headers, rows, n_text = table
    lines = [line for block in blocks(headers, rows, n_text, width) for line in block]
    cells = {cell for row in (headers, *rows) for cell in row}
    named = {f"{header}: {cell}" for row in rows for header, cell in zip(headers, row, strict=True)}
    assert all(cell_len(line) <= width or line in cells | named for line in lines)


@given(tables())
def test_a_pipe_gets_one_line_a_row(table):
    headers, rows, n_text = table
    (block,) = blocks(headers, rows, n_text, None)
    assert len(block) == len(rows) + 1


def test_a_table_that_does_not_fit_is_continued_below_with_its_first_column():
    headers = ("section", "support", "precision", "recall")
    rows = [("south-asia", "1,287", "0.957", "0.934")]
    assert blocks(headers, rows, 1, 30) == [
        ["section     support  precision", "south-asia    1,287      0.957"],
        ["section     recall", "south-asia   0.934"],
    ]


def test_where_no_two_columns_fit_each_value_has_a_line():
    assert blocks(("section", "support"), [("south-asia", "1,287")], 1, 12) == [
        ["section: south-asia", "support: 1,287"]
    ]


def test_a_list_is_wrapped_between_its_items():
    rows = [("south-asia", "41", "2019:12, 2020:14, 2021:15"), ("oceania", "7", "2021:7")]
    (block,) = blocks(("section", "articles", "by year"), rows, 1, 40, wrap_last=True)
    assert block == [
        "section     articles  by year",
        "south-asia        41  2019:12, 2020:14,",
        "                      2021:15",
        "oceania            7  2021:7",
    ]


@given(st.lists(st.integers(1, 10**6), max_size=50), st.integers(20, 100))
def test_no_item_of_a_wrapped_list_is_cut(counts, width):
    items = [f"{1950 + n}:{count:,}" for n, count in enumerate(counts)]
    found = blocks(("section", "articles", "by year"), [("a", "1", ", ".join(items))], 1, width, wrap_last=True)
    text = "\n".join(line for block in found for line in block)
    assert all(item in text for item in items)


def test_wide_characters_are_aligned_by_the_cells_that_they_take():
    (block,) = blocks(("name", "n"), [("南亚", "1"), ("ab", "22")], 1, 80)
    assert block == ["name   n", "南亚   1", "ab    22"]


def test_control_characters_of_a_name_do_not_reach_the_terminal():
    (block,) = blocks(("name", "n"), [("a\x1b[31m\n", "1")], 1, 80)
    assert block[1] == "a\ufffd[31m\ufffd  1"
