from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from photomosaic.errors import PictureError
from photomosaic.images import decode as decode_module
from photomosaic.images.decode import decode
from photomosaic.images.progressive import cut_to_block_means


def jpeg(mode: str = "RGB", size: tuple[int, int] = (1600, 1200), **options: object) -> bytes:
    """Draw soft blots of colour with some noise, and encode them."""
    rng = np.random.default_rng(0)
    blots = rng.integers(0, 256, (9, 12, len(mode)), np.uint8)
    picture = Image.fromarray(blots if len(mode) > 1 else blots[..., 0]).resize(size)
    noisy = np.asarray(picture, int) + rng.integers(-20, 20, np.asarray(picture).shape)
    picture = Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8))
    if mode == "CMYK":
        picture = picture.convert("RGB").convert("CMYK")
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", **options)
    return buffer.getvalue()


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("quality", [30, 75, 95])
def test_an_eighth_of_the_cut_file_is_that_of_the_whole(mode, quality, monkeypatch):
    data = jpeg(mode if mode != "CMYK" else "RGB", progressive=True, quality=quality)
    if mode == "CMYK":
        picture = Image.open(io.BytesIO(data)).convert("CMYK")
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", progressive=True, quality=quality)
        data = buffer.getvalue()
    cut = cut_to_block_means(data)
    assert cut is not None
    assert len(cut) < 0.5 * len(data)
    small = np.asarray(decode(data, (90, 120)).picture, int)
    monkeypatch.setattr(decode_module, "cut_to_block_means", lambda _: None)
    expected = np.asarray(decode(data, (90, 120)).picture, int)
    assert small.shape == expected.shape == (90, 120, 3)
    # The coarser the steps of the block means, the more their lowest bit is worth.
    assert np.abs(small - expected).mean() < {30: 4, 75: 1.6, 95: 1.2}[quality]


def test_other_files_stay_whole():
    assert cut_to_block_means(jpeg()) is None
    assert cut_to_block_means(b"") is None
    assert cut_to_block_means(b"\xff\xd8\xff") is None


def test_metadata_is_kept():
    exif = Image.Exif()
    exif[0x0112] = 6
    decoded = decode(jpeg(progressive=True, exif=exif), (90, 120))
    assert (decoded.width, decoded.height) == (1200, 1600)
    assert decoded.picture.size == (90, 120)


def test_a_file_that_is_cut_off_is_damaged_as_ever():
    data = jpeg(progressive=True)
    for share in (0.1, 0.5, 0.9):
        with pytest.raises(PictureError, match="truncated"):
            decode(data[: int(len(data) * share)], (90, 120))


def test_bytes_behind_the_end_do_no_harm():
    data = jpeg(progressive=True)
    small = decode(data + b"trailing", (90, 120)).picture
    assert small.tobytes() == decode(data, (90, 120)).picture.tobytes()


PROGRESSIVE = jpeg(size=(64, 48), progressive=True)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(PROGRESSIVE) - 1), st.integers(0, 255), st.integers(0, len(PROGRESSIVE)))
def test_damage_is_never_a_fault(place, value, length):
    damaged = bytearray(PROGRESSIVE)
    damaged[place] = value
    cut = cut_to_block_means(bytes(damaged[:length]))
    assert cut is None or cut.endswith(b"\xff\xd9")
