from __future__ import annotations

import numpy as np

from photomosaic.images.listing import list_photos
from photomosaic.matching.grid import TileSize
from photomosaic.options.photos import TileOptions
from photomosaic.performance import mosaics
from photomosaic.performance.mosaics import measure_lookup
from photomosaic.performance.plan import Plan
from photomosaic.progress import Work
from tests.codebooks import plain_look, read_codebook
from tests.performance.fixed_clock import SECONDS, FixedClock


def test_a_lookup_is_the_search_and_what_is_prepared_for_it(photo_folder, monkeypatch):
    monkeypatch.setattr(mosaics, "StageClock", FixedClock)
    listing, target = list_photos(photo_folder), np.zeros((80, 60, 3), np.uint8)
    plan = Plan(
        target=target,
        scales=[4],
        tiles=TileOptions(cuts=1),
        look=plain_look(),
        listing=listing,
        repeats=2,
        quick=False,
    )
    codebook = read_codebook(photo_folder, tile=TileSize(16, 12))
    found = measure_lookup(plan, codebook, 4, Work(2))
    assert [part.tiles for part in found][::7] == [1, 60]
    assert {part.patches for part in found} == {25}
    assert {part.seconds.median for part in found} == {2 * SECONDS}
