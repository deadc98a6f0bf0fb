from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from photomosaic.library import tile_pictures
from photomosaic.library.tile_pictures import KeptTiles


class Drawn:
    """Tiles of one pixel, each of its own number; every fifth has an alpha channel."""

    def __init__(self):
        self.taken = []

    def take(self, tiles):
        self.taken += tiles.tolist()
        made = np.repeat(tiles.astype(np.uint8)[:, None, None, None], 3, axis=3)
        if (tiles % 5 == 0).any():
            made = np.concatenate([made, np.full_like(made[..., :1], 7)], axis=3)
        return made


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.integers(0, 49), min_size=1, max_size=20), min_size=1, max_size=8))
def test_each_tile_is_made_once_and_found_again(picks):
    source = Drawn()
    kept = KeptTiles(source, 50)
    for numbers in picks:
        tiles = np.array(numbers)
        pictures, places = kept.pick(tiles)
        assert pictures[places][..., 0].ravel().tolist() == numbers
    assert sorted(source.taken) == sorted({number for numbers in picks for number in numbers})


def test_what_is_too_much_is_given_up_and_made_again(monkeypatch):
    monkeypatch.setattr(tile_pictures, "KEPT_BYTES", 20)
    source = Drawn()
    kept = KeptTiles(source, 50)
    for numbers in ([1, 2, 3, 4, 6, 7, 8], [1]):
        pictures, places = kept.pick(np.array([numbers]))
        assert pictures[places][..., 0].ravel().tolist() == numbers
    assert source.taken == [1, 2, 3, 4, 6, 7, 8, 1]
