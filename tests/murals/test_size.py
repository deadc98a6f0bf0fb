from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from photomosaic.errors import InputError
from photomosaic.matching.grid import Grid, TileSize
from photomosaic.murals.size import (
    LONGEST_TILE,
    MuralSize,
    enlarged,
    of_print,
    of_width,
    page_tile,
)
from photomosaic.options.values import PrintSize

TILE = TileSize(32, 24)
FRAME = (330, 250)
TRIMMED = Grid.fit(FRAME, TILE)
COVERED = Grid.fit(FRAME, TILE, cover=True)


@pytest.mark.parametrize(
    ("text", "inches"),
    [
        ("60x90cm", (23.622, 35.433)),
        ("600 x 900 mm", (23.622, 35.433)),
        ("0.6x0.9m", (23.622, 35.433)),
        ("24x36in", (24, 36)),
        ('8.5x11"', (8.5, 11)),
        ("10,5X15CM", (4.134, 5.906)),
        ("24\u00d736 inches", (24, 36)),
    ],
)
def test_print_sizes_as_people_write_them(text, inches):
    size = PrintSize.parse(text)
    assert (size.width, size.height) == pytest.approx(inches, abs=1e-3)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("60x90kg", "unknown unit, 'kg'"),
        ("60x90", "has no unit"),
        ("60cm", "is not a print size"),
        ("", "is not a print size"),
        ("0x90cm", "has no area"),
        ("-60x90cm", "is not a print size"),
        ("1.2.3x4cm", "is not a print size"),
    ],
)
def test_other_texts_are_refused_with_the_way_out(text, problem):
    with pytest.raises(InputError, match=r"60x90cm.*24x36in") as error:
        PrintSize.parse(text)
    assert problem in str(error.value)


def test_enlarged_tiles_are_whole():
    size = enlarged(TRIMMED, FRAME, 2.5, 150)
    assert size == MuralSize(TileSize(80, 60), 0, 0, 800, 600, 150)
    assert str(size.print_size) == "10.2 x 13.5 cm (4.0 x 5.3 in)"


def test_what_the_frame_cuts_off_is_cut_off_enlarged():
    size = enlarged(COVERED, FRAME, 3, 150)
    assert (COVERED.top, COVERED.left) == (-11, -7)
    assert (size.top, size.left, size.height, size.width) == (33, 21, 990, 750)


@given(st.integers(250, 4000), st.booleans())
def test_the_width_is_as_near_as_whole_tiles_get_without_being_more(width, cover):
    grid = COVERED if cover else TRIMMED
    size = of_width(grid, FRAME, width, 150)
    assert width - grid.cols <= size.width <= width
    assert size.tile.height == pytest.approx(size.tile.width * 4 / 3, abs=0.5)


def test_a_width_below_the_mosaics_own_is_refused():
    with pytest.raises(InputError, match="fewer than the 240 that the mosaic has by itself"):
        of_width(TRIMMED, FRAME, 239, 150)


@given(st.floats(1, 60), st.floats(1, 60), st.floats(20, 400))
def test_a_print_fills_its_paper_and_never_leaves_it(width, height, dpi):
    paper = PrintSize.parse(f"{width:.6f}x{height:.6f}in")
    try:
        size = of_print(TRIMMED, FRAME, paper, dpi)
    except InputError:
        assume(False)
    for way in (paper, paper.turned):
        printed = size.print_size
        shares = printed.width / way.width, printed.height / way.height
        if max(shares) <= 1 + 1e-6 and max(shares) > 0.95:
            break
    else:
        pytest.fail(f"{printed} on {paper}")
    assert size.tile.width >= TILE.width


def test_tiles_beyond_any_photo_are_refused():
    with pytest.raises(InputError, match="larger than any photo"):
        enlarged(TRIMMED, FRAME, LONGEST_TILE / TILE.height + 1, 150)


def test_the_tiles_of_a_page_are_as_large_as_looking_photos_and_room_allow():
    assert page_tile(TRIMMED, 100, 256, 10**9) == TileSize(256, 192)
    assert page_tile(TRIMMED, 3, 256, 10**9) == TileSize(96, 72)
    assert page_tile(TRIMMED, 0.5, 256, 10**9) == TILE
    assert page_tile(TRIMMED, 100, 256, 4 * TRIMMED.height * TRIMMED.width) == TileSize(64, 48)
