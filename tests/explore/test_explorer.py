from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from photomosaic.errors import InputError
from photomosaic.explore import explorer as explorer_module
from photomosaic.explore.explorer import Explorer, Request
from photomosaic.images.decode import read_target
from photomosaic.images.listing import list_photos
from photomosaic.library.photo_library import PhotoLibrary
from photomosaic.matching.grid import TileSize
from photomosaic.mosaic import Mosaicker
from photomosaic.options.photos import TileOptions
from photomosaic.progress import Work, silent
from photomosaic.stills import Stills
from tests.codebooks import plain_look, read_codebook
from tests.explore.screen import wait_until

PLAIN = plain_look()


@pytest.fixture
def explorer(painting, detailed_photos):
    """Return a function that opens an explorer; all are closed in the end."""
    opened = []

    def start(scales=(), folder=detailed_photos, progress=silent):
        opened.append(
            Explorer(
                read_target(painting),
                list_photos(folder),
                TileOptions(cuts=1),
                lambda work: PhotoLibrary(None, work),
                scales=scales,
                work=Work(2, progress),
            )
        )
        return opened[-1]

    yield start
    for one in opened:
        one.close()


def rendered(painting, photos, settings):
    target, tiles = read_target(painting), TileOptions(cuts=1, metric=settings.metric)
    tile = TileSize.of(tiles, settings.scale)
    codebook = read_codebook(photos, tile=tile, metric=settings.metric)
    return Mosaicker(codebook, settings.options).render(target)


@pytest.mark.parametrize(
    "settings",
    [
        Request(3, PLAIN),
        Request(5, plain_look(best_k=4, seed=2, randomness=0.1)),
        Request(4, plain_look(tint=0.4, opacity=0.2, trim=False)),
        Request(6, PLAIN, "rgb"),
    ],
)
def test_a_request_gives_the_mosaic_of_its_settings(explorer, painting, detailed_photos, settings):
    view = explorer().wait(settings)
    np.testing.assert_array_equal(view.mosaic, rendered(painting, detailed_photos, settings))
    assert 1 <= view.usage.photos <= 80


def test_what_only_concerns_painting_does_not_search_again(explorer, monkeypatch):
    searched = []
    match = Mosaicker.match

    def counted(self, *arguments):
        searched.append(self.tile)
        return match(self, *arguments)

    monkeypatch.setattr(Mosaicker, "match", counted)
    one = explorer()
    for opacity in (0, 0.1, 0.2, 0.3):
        one.wait(Request(4, plain_look(opacity=opacity, tint=opacity)))
    assert len(searched) == 1


def test_neighbours_are_made_ready_and_the_nearest_is_returned(explorer):
    one = explorer(range(2, 9))
    one.wait(Request(5, PLAIN))
    end = time.monotonic() + 20
    while not all(one.ready(Request(scale, PLAIN)) for scale in range(2, 9)):
        assert time.monotonic() < end
        time.sleep(0.01)
    assert one.nearest(Request(12, PLAIN)) is one.ready(Request(8, PLAIN))
    assert one.nearest(Request(1, PLAIN)) is one.ready(Request(2, PLAIN))
    assert one.nearest(Request(5, plain_look(tint=0.5))) is None


def test_a_new_request_comes_before_scales_made_in_advance(explorer, monkeypatch):
    made, begun, go_on = [], threading.Event(), threading.Event()
    render = Stills.render

    def slowly(self, scale, options):
        if scale == 6:
            begun.set()
            go_on.wait(20)
        made.append(scale)
        return render(self, scale, options)

    monkeypatch.setattr(Stills, "render", slowly)
    one = explorer(range(6, 10))
    one.request(Request(6, PLAIN))
    assert begun.wait(20)
    one.request(Request(9, PLAIN))
    go_on.set()
    assert one.wait(Request(9, PLAIN))
    assert made[:2] == [6, 9]


def test_no_more_is_kept_than_fits(explorer, painting, monkeypatch):
    size = read_target(painting).nbytes
    monkeypatch.setattr(explorer_module, "KEPT_BYTES", 3 * size)
    one = explorer(range(2, 20))
    for scale in (2, 3, 4, 5, 6):
        one.wait(Request(scale, PLAIN))
    time.sleep(0.5)
    kept = [scale for scale in range(2, 20) if one.ready(Request(scale, PLAIN))]
    assert len(kept) <= 4
    assert 6 in kept


def test_a_folder_without_photos_is_an_error_of_the_request(explorer, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(InputError, match="there is no photo in it"):
        explorer(folder=empty).wait(Request(3, PLAIN))


def test_closing_does_not_wait_for_the_folder_to_be_read(explorer):
    reading = threading.Event()

    def slow(items, *, total, what, unit):
        del total, what, unit
        for item in items:
            reading.set()
            time.sleep(0.2)
            yield item

    one = explorer(progress=slow)
    one.request(Request(3, PLAIN))
    assert reading.wait(20)
    told = wait_until(lambda: one.status, "the status")
    assert (told.what, told.total) == ("reading photos", 80)
    start = time.monotonic()
    one.close()
    assert time.monotonic() - start < 5
    assert one.index is None
