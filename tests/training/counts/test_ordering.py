from hypothesis import example, given
from hypothesis import strategies as st

from classifier.terms.encoding import utf8
from classifier.training.counts.ordering import order_of_lines

line = st.text(st.characters(min_codepoint=1, exclude_characters="\n"))
alike = st.text("ab ", max_size=40)  # long ones that begin in the same way


@given(st.lists(line | alike))
@example([])
@example([""])
@example(["abcdefgh", "abcdefg", "abcdefghi", ""])
@example(["\ud800", "\U0010ffff", "\uffff", "z"])
def test_lines_are_in_the_order_of_their_code_points(lines):
    data = b"".join(utf8(line) + b"\n" for line in lines)
    assert order_of_lines(data).tolist() == sorted(range(len(lines)), key=lines.__getitem__)
