"""Drafted fields replace the fields of a page; all other lines stay."""

from __future__ import annotations

import textwrap

from aipo_pipelines.drafting.blocks import with_fields_of

PAGE = """\
# about it all
product: x   # mine

# which of them?
model:
  # the task
  task: binary
  # left out: a
  features:
    [b,
     c]
  seed: 7   # mine

outcome_map: []
# agreed?
thresholds:
  # measured
  - metric: mae
    limit: 2

  - metric: wape
    limit: 3
# the end
sunset: {retention: 1d}
# nothing below
"""
DRAFTED = """\
product: y

model:
  task: regression
  # left out: a
  # left out: c
  features: [b]
  seed: 0

# newly measured
thresholds: []
sunset: {}
"""


def test_named_fields_change_and_all_other_lines_stay_word_for_word() -> None:
    assert with_fields_of(PAGE, DRAFTED, ["model.features", "thresholds"]) == textwrap.dedent("""\
        # about it all
        product: x   # mine

        # which of them?
        model:
          # the task
          task: binary
          # left out: a
          # left out: c
          features: [b]
          seed: 7   # mine

        outcome_map: []
        # newly measured
        thresholds: []
        # the end
        sunset: {retention: 1d}
        # nothing below
        """)


def test_a_page_with_its_own_fields_stays_as_it_is() -> None:
    assert with_fields_of(PAGE, PAGE, ["model.features", "thresholds", "sunset"]) == PAGE


def test_a_field_that_one_page_lacks_stays_as_it_is() -> None:
    assert with_fields_of(PAGE, "product: y\n", ["model.features", "thresholds"]) == PAGE
    assert with_fields_of("product: y\n", PAGE, ["model.features"]) == "product: y\n"


def test_a_line_of_a_text_that_looks_like_a_field_is_no_field() -> None:
    page = 'purpose: "one\n\n thresholds: two"\nthresholds: [a]\n'
    changed = with_fields_of(page, "thresholds: [b]\n", ["thresholds"])
    assert changed == 'purpose: "one\n\n thresholds: two"\nthresholds: [b]\n'


def test_a_field_that_shares_its_line_with_others_stays_as_it_is() -> None:
    page = "model: {task: binary, features: [a]}\n"
    assert with_fields_of(page, DRAFTED, ["model.features"]) == page
