from __future__ import annotations

import pytest

from photomosaic.matching.limits import Limits, feasible
from photomosaic.wording import counted


@pytest.mark.parametrize(
    ("number", "told"), [(0, "0 photos"), (1, "1 photo"), (2, "2 photos"), (1200, "1,200 photos")]
)
def test_a_noun_is_in_the_plural_unless_it_is_one(number, told):
    assert counted(number, "photo") == told


@pytest.mark.parametrize(("number", "told"), [(1, "1 near miss"), (3, "3 near misses")])
def test_a_noun_with_a_plural_of_its_own(number, told):
    assert counted(number, "near miss", "near misses") == told


def test_limits_that_give_way_tell_of_one_cell_and_one_photo():
    told = feasible(Limits(max_uses=1), (1, 2), 1)[1]
    assert told == ["2 cells, 1 photo, --max-uses 1: 1 cell over; using 2"]
    told = feasible(Limits(min_spacing=2), (1, 2), 1)[1]
    assert told == ["1 photo, --min-spacing 2: would take at least 2; using 1"]
    told = feasible(Limits(use_all=True), (1, 1), 2)[1]
    assert told == [
        "1 cell, 2 photos, --use-all: 1 photo over; using as many as there are cells, each once"
    ]
