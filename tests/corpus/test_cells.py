"""The labels in a cell: every form in which a table may hold them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.corpus.readers.columns.cells import Cells
from classifier.sections import Section, Sections

#: Names with every sign that separates labels in some form of cell.
AWKWARD = Sections(
    [
        Section(id="sport", name="Sport"),
        Section(id="arts", name="Arts, Culture"),
        Section(id="food", name="Food; Drink"),
        Section(id="film", name="Film | Music"),
        Section(id="media", name="TV/Radio"),
        Section(id="odd", name="It's “odd”"),
        Section(id="asia", name="South Asia", aliases=("Asia > South",)),
    ]
)
PLAIN = Sections([Section(id=name.lower().replace(" ", "-"), name=name) for name in ("Sport", "South Asia", "Oceania")])


def cells_of(found: list[str]) -> dict[str, object]:
    """Return a list of labels in every form of cell that can hold any name."""
    quoted = ["'" + label.replace("\\", "\\\\").replace("'", "\\'") + "'" for label in found]
    return {
        "list": list(found),
        "JSON": json.dumps(found),
        "Python": str(found),
        "tuple": str(tuple(found)),
        "set": str(set(found)),
        "frozen set": str(frozenset(found)),
        "array": f"array({found}, dtype=object)",
        "array of lines": f"array({found},\n      dtype='<U14')".replace("', '", "',\n       '"),
        "index": f"Index({found}, dtype='object', name='labels')",
        "NumPy 2": "[" + ", ".join(f"np.str_({label!r})" for label in found) + "]",
        "Label Studio": json.dumps({"choices": found}),
        "Python object": str({"choices": found}),
        "scores": dict.fromkeys(found, 1.0) | {"Nothing": 0.0},
        "objects": [{"name": label, "slug": "x"} for label in found],
        "DuckDB": f"[{', '.join(quoted)}]",
        "PostgreSQL": "{" + ",".join('"' + label.replace('"', '\\"') + '"' for label in found) + "}",
    }


@given(st.lists(st.sampled_from([section.name for section in AWKWARD]), unique=True, min_size=1))
def test_any_labels_are_read_back_from_every_form_of_list(found):
    cells = Cells(AWKWARD)
    for form, cell in cells_of(found).items():
        assert (form, sorted(cells.labels(cell))) == (form, sorted(found))


@pytest.mark.parametrize("separator", ["|", ";", " | ", "; ", "\n"])
@given(st.lists(st.sampled_from([section.name for section in AWKWARD]), unique=True, min_size=1))
def test_any_labels_are_read_back_from_text_with_separators(separator, found):
    assert Cells(AWKWARD).labels(separator.join(found)) == found


@pytest.mark.parametrize("separator", [",", ", ", " , "])
@given(st.lists(st.sampled_from(["Sport", "Arts, Culture", "South Asia"]), unique=True, min_size=1))
def test_commas_separate_labels_and_a_name_with_a_comma_stays_whole(separator, found):
    assert Cells(AWKWARD).labels(separator.join(found)) == found


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("South Asia, Oceania", ["South Asia", "Oceania"]),
        ("[south asia, oceania]", ["south asia", "oceania"]),
        ("{south-asia,oceania}", ["south-asia", "oceania"]),
        ("['South Asia' 'Oceania']", ["South Asia", "Oceania"]),
        ("{'Oceania', 'Sport'}", ["Oceania", "Sport"]),
        ("News>Oceania|Asia > South Asia", ["Oceania", "South Asia"]),
        ("News/Oceania", ["Oceania"]),
        ("News > Weather", ["News > Weather"]),
        ("https://news.example/weather", ["https://news.example/weather"]),
        ("South&nbsp;Asia;Oceania", ["South\u00a0Asia", "Oceania"]),
        ("", []),
        ("[]", []),
        ("{}", []),
        ("()", []),
        ("set()", []),
        ("array([], dtype=object)", []),
        ("(South Asia)", ["(South Asia)"]),
        ("(Opinion) Sport (EU)", ["(Opinion) Sport (EU)"]),
        ("Sport(['Oceania'], and more", ["Sport(['Oceania']", "and more"]),
        (" | ; ", []),
        ("NaN", []),
        ("None", []),
        ([], []),
        (7, ["7"]),
        (7.0, ["7"]),
        (float("nan"), []),
        ({"oceania": True, "sport": False}, ["oceania"]),
    ],
)
def test_forms_of_cells(cell, found):
    assert Cells(PLAIN).labels(cell) == found


@pytest.mark.parametrize("step", [">", " > ", "/", " / "])
@pytest.mark.parametrize("parents", [(), ("News",), ("World", "News"), ("A/B", "News")])
@given(st.sampled_from(["Sport", "South Asia", "TV/Radio", "Asia > South"]))
def test_the_section_at_the_end_of_a_path_is_read_even_if_sections_have_the_sign_of_a_step(parents, step, found):
    cells = Cells(AWKWARD)
    assert cells.labels(step.join((*parents, found))) == [found]
    assert cells.labels([step.join((*parents, found)), "Sport"]) == list(dict.fromkeys([found, "Sport"]))
    assert cells.labels(step.join((found, "Weather"))) == [step.join((found, "Weather"))]


@given(st.text() | st.recursive(st.none() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3)))
def test_no_cell_is_an_error(cell):
    found = Cells(AWKWARD).labels(cell)
    assert found is cell or isinstance(found, list)
