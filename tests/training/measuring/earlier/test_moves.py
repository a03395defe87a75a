"""Sections that moved are found from the labels of the same articles in two trainings."""

import pytest

from classifier.training.measuring.earlier.moves import find_moves, swapped, words_on_moves


def relabelled(*groups):
    """Return articles: groups of (how many, the labels before, the labels after), each a text of labels."""
    return [(frozenset(before.split()), frozenset(after.split())) for n, before, after in groups for _ in range(n)]


@pytest.mark.parametrize(
    ("groups", "words"),
    [
        ([(9, "a", "b"), (8, "b", "a"), (20, "c", "c")], ["swapped, as their articles show: a and b"]),
        ([(9, "a", "b"), (9, "b", "c"), (9, "c", "a")], ["swapped, as their articles show: a to b to c to a"]),
        ([(9, "a", "z"), (1, "a", "")], ["moved, as their articles show: a to z (9 of its 10 articles)"]),
        # two sections merged into one, which exists already
        (
            [(9, "a", "c"), (9, "b", "c"), (9, "c", "c")],
            ["moved, as their articles show: a to c (9 of its 9 articles), b to c (9 of its 9 articles)"],
        ),
        # one that moved into a pair that was swapped
        (
            [(9, "a", "b"), (9, "b", "a"), (9, "z", "a")],
            ["swapped, as their articles show: a and b", "moved, as their articles show: z to a (9 of its 9 articles)"],
        ),
        ([(4, "a", "b"), (4, "b", "a")], []),  # too few
        ([(9, "a", "b"), (10, "a", "a")], []),  # not most of them
        ([(9, "a", "a b"), (9, "b", "b a")], []),  # labels that were only added
        ([(9, "a", "b"), (9, "a", "c")], []),  # a section that was split in two
        ([(9, "a", ""), (9, "b", "")], []),
        ([], []),
    ],
)
def test_sections_whose_articles_changed_hands_are_named(groups, words):
    assert words_on_moves(find_moves(relabelled(*groups))) == words


def test_a_section_that_is_declared_as_renamed_did_not_move():
    articles = relabelled((9, "old", "new"), (9, "b", "c"))
    assert [move.before for move in find_moves(articles, {"old": "new"})] == ["b"]


def test_of_a_section_and_the_one_above_it_the_lower_one_is_named():
    (move,) = find_moves(relabelled((9, "a", "asia east"), (30, "x", "asia x")))
    assert (move.after, move.n_moved, move.n_before) == ("east", 9, 9)


def test_the_ring_does_not_depend_on_the_order_of_the_articles():
    articles = relabelled((9, "z", "a"), (9, "a", "b"), (9, "b", "a"))
    assert {frozenset(ring) for order in (articles, articles[::-1]) for ring in swapped(find_moves(order))} == {
        frozenset("ab")
    }
