"""Requests whose questions were read before are read as others are."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.schema import valid_json
from classifier.service.protocols.repeated import RepeatedQuestions

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(alphabet='ab"\\ {}[],:questions', max_size=14),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["questions", "state", "a", "model"]), inner, max_size=3)
    ),
    max_leaves=8,
)
REQUESTS = st.dictionaries(st.sampled_from(["questions", "state", "model", "explain", 'a"questions"']), VALUES)
Q = b'"questions": {"a": {"type": "noul"}}'


@given(st.lists(REQUESTS, min_size=1, max_size=6), st.sampled_from([None, 0, 1]))
def test_a_request_is_read_the_same_however_often_its_questions_came(requests, indent):
    repeated = RepeatedQuestions("state")
    for request in [*requests, *requests]:
        data = json.dumps(request, indent=indent).encode()
        assert repeated.parse(data).value == valid_json(data)


@given(st.lists(st.binary(max_size=12), min_size=1, max_size=4), st.lists(st.sampled_from([Q, Q + b"}", b",", b"{"])))
def test_bytes_that_are_no_json_are_refused_as_ever(pieces, ends):
    repeated = RepeatedQuestions("state")
    repeated.parse(b'{"state": "x", ' + Q + b"}")
    for piece in pieces:
        data = b'{"state": "' + piece + b'", ' + b"".join(ends) + Q + b"}"
        try:
            expected = valid_json(data)
        except ValueError:
            with pytest.raises(ValueError, match=r"."):
                repeated.parse(data)
        else:
            assert repeated.parse(data).value == expected


def test_the_same_end_has_the_same_key_and_fields_before_it_may_differ():
    repeated = RepeatedQuestions("state")
    found = [repeated.parse(b'{"model": %d, "state": "%d", ' % (n, n) + Q + b', "explain": true}') for n in range(4)]
    assert [each.value["state"] for each in found] == ["0", "1", "2", "3"]
    assert len({each.questions for each in found[1:]}) == 1
    assert all(each.value["explain"] and each.value["questions"] == {"a": {"type": "noul"}} for each in found)


def test_a_field_given_twice_is_refused_also_if_its_second_place_was_kept():
    repeated = RepeatedQuestions("state")
    for _ in range(3):
        repeated.parse(b'{"state": "x", ' + Q + b"}")
        with pytest.raises(ValueError, match="duplicate key"):
            repeated.parse(b'{"questions": 1, "state": "x", ' + Q + b"}")
