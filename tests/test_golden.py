from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from photomosaic.matching.grid import TileSize
from photomosaic.mosaic import Mosaicker
from tests.codebooks import codebook_of, plain_look

GOLDEN = Path(__file__).parent / "golden"
TILE = TileSize(12, 9)

CASES = {
    "plain": plain_look(),
    "best-k": plain_look(best_k=5, seed=1),
    "random": plain_look(randomness=0.2, seed=2),
    "tint": plain_look(tint=0.7),
    "opacity-cover": plain_look(opacity=0.4, trim=False),
}


def drawn_tiles() -> np.ndarray:
    """Draw 240 tiles: a colour, with a band of another brightness at some angle."""
    rng = np.random.default_rng(11)
    rows, cols = np.mgrid[-1 : 1 : TILE.height * 1j, -1 : 1 : TILE.width * 1j]
    tiles = []
    for _ in range(240):
        angle, place, width = rng.uniform((0, -0.8, 0.1), (np.pi, 0.8, 0.6))
        band = np.abs(rows * np.cos(angle) + cols * np.sin(angle) - place) < width
        colour = rng.uniform(0, 255, 3)
        tiles.append(np.where(band[..., None], colour * rng.uniform(0.3, 1), colour))
    return np.array(tiles).astype(np.uint8)


def drawn_frame() -> np.ndarray:
    """Draw a sun over hills."""
    rows, cols = np.mgrid[0:128, 0:152]
    frame = np.stack([255 - rows, 150 - rows / 2, 60 + rows], axis=2)
    frame[np.hypot(rows - 40, cols - 100) < 24] = (40, 210, 250)
    frame[rows > 90 + 14 * np.sin(cols / 20)] = (50, 110, 40)
    return np.clip(frame, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("name", CASES)
def test_mosaic_is_the_one_kept(name, tmp_path):
    mosaic = Mosaicker(codebook_of(drawn_tiles()), CASES[name]).render(drawn_frame())
    got = tmp_path / f"{name}.png"
    Image.fromarray(mosaic[..., ::-1]).save(got, optimize=True)
    kept = GOLDEN / f"{name}.png"
    assert kept.exists(), f"look at {got}; if it is right, copy it to {kept}"
    expected = np.asarray(Image.open(kept))[..., ::-1]
    # Another CPU may round a feature the other way, and so place a tile or two differently.
    differing = np.abs(mosaic.astype(int) - expected.astype(int)).max(axis=2) > 2
    assert differing.mean() < 0.02, f"compare {got} with {kept}"
