from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photomosaic.errors import InputError
from photomosaic.matching.grid import TileSize
from photomosaic.murals.sheet_layout import MARGIN, OVERLAP, PAPERS, SheetLayout
from photomosaic.murals.size import MuralSize


def print_of(width, height, dpi=150.0):
    """Return the size of a print of so many mm."""
    return MuralSize(TileSize(9, 9), 0, 0, *(round(mm / 25.4 * dpi) for mm in (height, width)), dpi)


@given(st.sampled_from(sorted(PAPERS)), st.floats(20, 3000), st.floats(20, 3000))
def test_sheets_cover_the_print_overlap_and_stay_on_the_paper(paper, width, height):
    size = print_of(width, height, 40)
    layout = SheetLayout.of(size, paper)
    sheets = list(layout)
    assert [sheet.number for sheet in sheets] == list(range(1, layout.rows * layout.cols + 1))
    for sheet in sheets:
        assert 0 < sheet.width <= layout.paper[0] - 2 * MARGIN + 1e-6
        assert 0 < sheet.height <= layout.paper[1] - 2 * MARGIN + 1e-6
    first_row = sheets[: layout.cols]
    for left, right in pairwise(first_row):
        assert left.left + left.width - right.left == pytest.approx(OVERLAP)
        assert right.width > OVERLAP - 1
    assert sheets[-1].left + sheets[-1].width == pytest.approx(layout.width, abs=2)
    assert sheets[-1].top + sheets[-1].height == pytest.approx(layout.height, abs=2)


def test_the_paper_is_laid_as_fewer_sheets_need_it():
    assert SheetLayout.of(print_of(277, 190), "A4").count == 1
    assert SheetLayout.of(print_of(190, 277), "A4").count == 1
    assert SheetLayout.of(print_of(370, 500), "A4").count == 4


def test_too_many_sheets_are_refused():
    with pytest.raises(InputError, match=r"smaller print, larger paper, or fewer dpi"):
        SheetLayout.of(print_of(9000, 9000, 20), "Letter")
