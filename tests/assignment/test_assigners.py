from __future__ import annotations

import numpy as np
import pytest

from photomosaic.assignment.assigner import Setup
from photomosaic.assignment.closest import ClosestAssigner
from photomosaic.assignment.dithered import DitheredAssigner
from photomosaic.assignment.edits import Edits
from photomosaic.assignment.limited import LimitedAssigner
from photomosaic.assignment.limits import Relaxation
from photomosaic.assignment.repeats import smallest_spacing
from photomosaic.matching.features import FeatureSpec
from photomosaic.matching.search import find_matches
from photomosaic.progress import Work
from tests.codebooks import plain_look

SPEC = FeatureSpec("rgb", 2, 2)
SHAPE = 6, 8
RNG = np.random.default_rng(0)
TILES = RNG.uniform(0, 255, (30, SPEC.dimension)).astype(np.float32)
PATCHES = RNG.uniform(0, 255, (48, SPEC.dimension)).astype(np.float32)


def setup(edits=None, notify=None, **options):
    look = plain_look(**options)
    return Setup(
        tiles=TILES,
        spec=SPEC,
        groups=None,
        options=look,
        edits=edits or Edits(),
        rng=np.random.default_rng(look.seed),
        work=Work(notify=notify or (lambda _: None)),
    )


def matches(k=1):
    return find_matches(PATCHES, TILES, k, shape=SHAPE)


@pytest.mark.parametrize("assigner", [ClosestAssigner, DitheredAssigner, LimitedAssigner])
def test_without_options_every_assigner_chooses_the_closest_tiles(assigner):
    assignment = assigner(setup()).assign(matches())
    assert np.array_equal(assignment.ids.ravel(), matches().candidates.ids[:, 0])
    assert np.array_equal(assignment.ratios, np.ones(SHAPE))


@pytest.mark.parametrize("assigner", [ClosestAssigner, DitheredAssigner, LimitedAssigner])
def test_random_cells_have_an_infinite_ratio(assigner):
    ratios = assigner(setup(randomness=0.5)).assign(matches()).ratios
    assert 5 < np.isinf(ratios).sum() < 43


def test_random_cells_keep_the_limits():
    options = {"randomness": 0.9, "max_uses": 2, "min_spacing": 3}
    ids = LimitedAssigner(setup(**options)).assign(matches()).ids
    assert np.bincount(ids.ravel()).max() <= 2
    assert smallest_spacing(ids) >= 3


def test_refused_and_banned_photos_are_not_dealt_either():
    refused = tuple((0, photo) for photo in range(2, 29))
    edits = Edits(banned=(0, 1), refused=refused)
    for seed in range(5):
        assigner = LimitedAssigner(setup(edits, randomness=0.9, seed=seed))
        ids = assigner.assign(matches()).ids
        assert ids[0, 0] == 29
        assert ids.min() >= 2


def test_each_relaxation_is_reported_once():
    notices = []
    assigner = LimitedAssigner(setup(notify=notices.append, max_uses=1))
    ids = assigner.assign(matches()).ids
    assigner.complete(matches(), np.where(ids == 3, -1, ids))
    assert notices == [Relaxation("max_uses", 1, 2, cells=48, photos=30, excess=18)]
