"""JDK date patterns become strptime directives."""

from __future__ import annotations

from datetime import datetime

import pytest

from aipo_pipelines.charter.dates.date_format import to_strptime


@pytest.mark.parametrize(
    ("pattern", "directives"),
    [
        ("dd-MM-yyyy", "%d-%m-%Y"),
        ("yyyy-MM-dd", "%Y-%m-%d"),
        ("d.M.yy", "%d.%m.%y"),
        ("yyyy-MM-dd'T'HH:mm:ss", "%Y-%m-%dT%H:%M:%S"),
        ("yyyy-MM-dd HH:mm:ss.SSS", "%Y-%m-%d %H:%M:%S.%f"),
        ("MM/dd/yyyy hh:mm a", "%m/%d/%Y %I:%M %p"),
        ("yyyyMMdd", "%Y%m%d"),
        ("d MMM uuuu", "%d %b %Y"),
        ("HH 'o''clock'", "%H o'clock"),
        ("HH''mm", "%H'%M"),
        ("yyyy-MM-ddTHH:mm:ssZ", "%Y-%m-%dT%H:%M:%S%z"),
        ("yyyy-MM-dd HH:mmXXX", "%Y-%m-%d %H:%M%z"),
    ],
)
def test_a_jdk_pattern_has_a_python_counterpart(pattern: str, directives: str) -> None:
    assert to_strptime(pattern) == directives


def test_day_comes_before_month_if_the_pattern_says_so() -> None:
    read = datetime.strptime("05-02-2010", to_strptime("dd-MM-yyyy"))  # noqa: DTZ007
    assert (read.day, read.month) == (5, 2)


@pytest.mark.parametrize(
    ("pattern", "named"), [("yyyy-ww", "'ww'"), ("GG yyyy", "'GG'"), ("%d-%m-%Y", "strptime")]
)
def test_a_pattern_without_counterpart_names_what_is_wrong(pattern: str, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        to_strptime(pattern)
