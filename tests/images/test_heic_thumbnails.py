from __future__ import annotations

import io

import numpy as np
import pillow_heif
import pytest
from PIL import Image
from pillow_heif.heif import BaseImage, HeifImage, HeifThumbnail

from photomosaic.images.decode import decode
from photomosaic.images.thumbnail import LONGEST_SIDE, SHORTEST_SIDE

COVERS = SHORTEST_SIDE, LONGEST_SIDE
WHOLE, THUMBNAIL = {"HeifImage"}, {"HeifThumbnail"}


def photo(size=(640, 480), seed=0):
    """Return soft shapes whose corners differ."""
    small = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), np.uint8)
    return Image.fromarray(small).resize(size, Image.Resampling.BICUBIC)


def heic(picture, *thumbnails, **options):
    """Return a HEIC file with thumbnails of the given longest sides."""
    file = pillow_heif.from_pillow(picture)
    file[0].info["thumbnails"] = list(thumbnails)
    buffer = io.BytesIO()
    file.save(buffer, quality=80, **options)
    return buffer.getvalue()


@pytest.fixture
def read(monkeypatch):
    """Return a function that decodes a file, and tells what of it was decoded."""
    loaded, load = set(), BaseImage.load
    monkeypatch.setattr(
        BaseImage, "load", lambda self: loaded.add(type(self).__name__) or load(self)
    )

    def read(data, covers=COVERS):
        loaded.clear()
        return decode(data, covers), set(loaded)

    return read


def difference(one, other):
    return np.abs(np.asarray(one, np.float32) - np.asarray(other, np.float32)).mean()


@pytest.mark.parametrize(("orientation", "tile"), [(1, 0), (3, 0), (5, 256), (6, 256)])
def test_a_thumbnail_is_decoded_instead(read, orientation, tile):
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"exif": exif.tobytes(), "tile_size": tile}
    made, loaded = read(heic(photo(), 160, 320, **options))
    assert loaded == THUMBNAIL
    sides = (320, 240) if orientation < 5 else (240, 320)
    assert made.picture.size == sides
    assert (made.width, made.height) == tuple(2 * side for side in sides)
    whole, loaded = read(heic(photo(), **options))
    assert loaded == WHOLE
    assert difference(made.picture, whole.picture) < 3


def test_colours_are_those_of_the_picture(read):
    p3 = {"color_primaries": 12, "transfer_characteristic": 13, "save_nclx_profile": True}
    made, loaded = read(heic(photo(), 320, **p3))
    assert loaded == THUMBNAIL
    (whole, _), (plain, _) = read(heic(photo(), **p3)), read(heic(photo()))
    assert difference(made.picture, whole.picture) < 3 < difference(made.picture, plain.picture)


@pytest.mark.parametrize(
    ("sides", "covers"), [([160, 256], COVERS), ([320], (300, 400)), ([320], None)]
)
def test_nothing_smaller_than_wanted_is(read, sides, covers):
    _, loaded = read(heic(photo(), *sides), covers)
    assert loaded == WHOLE


@pytest.mark.parametrize("size", [(480, 640), (640, 360), (480, 480)])
def test_nor_a_thumbnail_of_another_shape(read, monkeypatch, size):
    other = pillow_heif.open_heif(io.BytesIO(heic(photo(size, seed=1), 400)))[0].get_thumbnail(0)
    monkeypatch.setattr(HeifImage, "get_thumbnail", lambda *_: other)
    made, loaded = read(heic(photo(), 320))
    assert loaded == WHOLE
    assert difference(made.picture, photo().resize((320, 240))) < 5


def test_nor_one_that_is_turned_otherwise(read, monkeypatch):
    exif = Image.Exif()
    exif[0x0112] = 3
    turned = heic(photo(seed=1), 320, exif=exif.tobytes())
    other = pillow_heif.open_heif(io.BytesIO(turned))[0].get_thumbnail(0)
    monkeypatch.setattr(HeifImage, "get_thumbnail", lambda *_: other)
    _, loaded = read(heic(photo(), 320))
    assert loaded == WHOLE


def test_nor_one_that_is_damaged(read, monkeypatch):
    def fail(_):
        raise ValueError("damaged")

    monkeypatch.setattr(HeifThumbnail, "load", fail)
    made, _ = read(heic(photo(), 320))
    assert difference(made.picture, photo().resize((320, 240))) < 5
