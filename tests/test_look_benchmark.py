from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from photomosaic.matching.grid import TileSize
from tools.benchmarks.checkouts import photos_of, wide_targets
from tools.benchmarks.look import colour_distances, far_off, same_neighbours, violations


def test_neighbours_with_the_same_photo_both_ways():
    # 2 of 4 pairs across, 1 of 3 down.
    photos = np.array([[0, 0, 1], [2, 0, 0]])
    assert same_neighbours(photos) == pytest.approx((2 / 4 + 1 / 3) / 2)
    assert same_neighbours(np.array([[5, 5]])) == 1
    assert same_neighbours(np.array([[5]])) == 0


def test_cells_far_off():
    tile = TileSize(2, 3)
    target = np.full((4, 6, 3), 128, np.uint8)
    closest, mosaic = target.copy(), target.copy()
    mosaic[:2, :3] = 0
    mosaic[2:, 3:] = 132
    distances = colour_distances(target, mosaic, tile)
    assert distances.shape == (2, 2)
    assert distances[0, 1] == distances[1, 0] == 0
    assert distances[0, 0] == pytest.approx(53.6, abs=0.1)
    assert far_off(distances, colour_distances(target, closest, tile)) == 1 / 4
    assert far_off(distances, distances) == 0


def test_broken_limits_are_named():
    photos = np.array([[0, 1, 0, 2], [3, 4, 5, 6]])
    assert violations(photos, ("--min-spacing", "3")) == "spacing 2"
    assert violations(photos, ("--max-uses", "1", "--min-spacing", "2")) == "2 uses"
    assert violations(photos, ("--max-uses", "2", "--min-spacing", "2")) == ""
    assert violations(photos, ()) == ""


def test_cuts_of_a_photo_are_one_photo(tmp_path):
    photos = [{"sha256": "a"}, {"sha256": "b"}, {"sha256": "a"}]
    project = tmp_path / "a.json"
    project.write_text(json.dumps({"photos": photos, "cells": [[0, 1], [2, 1]]}))
    assert photos_of(project).tolist() == [[0, 1], [0, 1]]


def test_targets_of_one_size(tmp_path):
    folder = tmp_path / "targets"
    folder.mkdir()
    Image.new("RGB", (60, 30), "teal").save(folder / "wide.jpg")
    (whole,) = wide_targets(folder, tmp_path / "whole", (120, None))
    (cut,) = wide_targets(folder, tmp_path / "cut", (30, 40))
    with Image.open(whole) as one, Image.open(cut) as other:
        assert (one.size, other.size) == ((120, 60), (30, 40))
