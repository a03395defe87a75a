"""Dates of strangers: read if they cannot be misread; otherwise the article has no date, and that is said."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.corpus.readers import Reading, read_corpus
from classifier.corpus.readers.columns.dates import AMBIGUOUS, UNREADABLE, read_date

DAY = date(2021, 3, 14)


@pytest.mark.parametrize(
    "written",
    [
        *("2021-03-14", "2021-03-14T08:30:00Z", "2021-03-14 08:30:00.123456789 UTC", "2021/03/14", "2021.3.14"),
        *("March 14, 2021", "Mar 14 2021 5:04 PM", "14 March 2021", "14-Mar-2021", "14-Mar-21", "14th of March 2021"),
        *("Sun, 14 Mar 2021 14:00:00 +0000", "Sun Mar 14 20:19:24 +0000 2021", "Sunday, 14 March 2021", "2021-Mar-14"),
        *("14/03/2021", "03/14/2021", "14.03.2021 10:22", "14-03-2021", "20210314", 20210314, Decimal("20210314")),
        *(1615708800, "1615708800", 1615708800.0, 1615708800000, "1615708800000000", datetime(2021, 3, 14, 5), DAY),
    ],
)
def test_a_date_that_can_mean_one_day_only_is_read(written):
    assert read_date(written) == DAY


@pytest.mark.parametrize(("written", "day"), [("2017", date(2017, 1, 1)), (1996.0, date(1996, 1, 1))])
def test_a_year_alone_is_its_first_day(written, day):
    assert read_date(written) == day


def test_years_of_two_digits_are_those_of_posix():
    assert (read_date("1-Jan-96"), read_date("1-Jan-05")) == (date(1996, 1, 1), date(2005, 1, 1))


@pytest.mark.parametrize("written", ["03/04/2023", "3.4.2023", "01-02-2023", "11/12/2023 10:00"])
def test_a_date_of_which_two_numbers_may_be_the_month_is_not_guessed(written):
    assert read_date(written) == AMBIGUOUS


def test_equal_day_and_month_are_not_ambiguous():
    assert read_date("05/05/2023") == date(2023, 5, 5)


@pytest.mark.parametrize("written", ["soon", "44927", 44927, "2021-02-30", "32/13/2020", "3-4-23", True, [2021], "12"])
def test_what_is_no_date_is_not_read(written):
    assert read_date(written) == UNREADABLE


@pytest.mark.parametrize("written", [None, "", "  ", float("nan"), "0000-00-00 00:00:00"])
def test_an_empty_cell_is_no_date(written):
    assert read_date(written) is None


def test_a_form_that_is_given_decides():
    assert read_date("03/04/2023", "%d/%m/%Y") == date(2023, 4, 3)
    assert read_date("03/04/2023", "%m/%d/%Y") == date(2023, 3, 4)
    assert read_date("2023-05-06", "%d/%m/%Y") == date(2023, 5, 6)


@given(st.dates(date(1970, 1, 2), date(2100, 1, 1)), st.sampled_from(["%Y-%m-%d", "%B %d, %Y", "%d %b %Y", "%Y%m%d"]))
def test_every_day_is_read_back(day, form):
    assert read_date(day.strftime(form)) == day


@given(st.text() | st.integers() | st.floats())
def test_nothing_is_an_error(value):
    assert read_date(value) is None or isinstance(read_date(value), date | str)


def test_an_article_whose_date_is_not_certain_has_none_and_is_counted(tmp_path, sections):
    path = tmp_path / "x.csv"
    path.write_text("text,label,date\nA,Oceania,03/04/2023\nB,Oceania,soon\nC,Oceania,1-Jan-96\nD,Oceania,\n")
    corpus = read_corpus([path], sections)
    assert [item.article.published for item in corpus.articles] == [None, None, date(1996, 1, 1), None]
    (line,) = [line for line in corpus.account() if "undated" in line]
    assert "undated: 1 article with a date that can be read in two ways, 1 article with a date that cannot be" in line
    assert corpus.accounts[0].undated == {AMBIGUOUS: 1, UNREADABLE: 1}
    assert "--date-format" in line
    named = read_corpus([path], sections, Reading(date_format="%d/%m/%Y"))
    assert named.articles[0].article.published == date(2023, 4, 3)


def test_several_articles_without_a_certain_date_are_in_the_plural(tmp_path, sections):
    path = tmp_path / "x.csv"
    path.write_text("text,label,date\nA,Oceania,03/04/2023\nB,Oceania,04/05/2023\nC,Oceania,soon\n")
    account = read_corpus([path], sections).account()
    assert account[0].startswith(f"{path}: 3 articles, 3 with labels")
    assert account[1].startswith(
        "  undated: 2 articles with a date that can be read in two ways, 1 article with a date that cannot be read. Fix"
    )
