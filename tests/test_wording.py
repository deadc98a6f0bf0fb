from __future__ import annotations

import pytest

from photomosaic.wording import counted


@pytest.mark.parametrize(
    ("number", "told"), [(0, "0 photos"), (1, "1 photo"), (2, "2 photos"), (1200, "1,200 photos")]
)
def test_a_noun_is_in_the_plural_unless_it_is_one(number, told):
    assert counted(number, "photo") == told


@pytest.mark.parametrize(("number", "told"), [(1, "1 near miss"), (3, "3 near misses")])
def test_a_noun_with_a_plural_of_its_own(number, told):
    assert counted(number, "near miss", "near misses") == told
