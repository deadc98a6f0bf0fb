"""Little memory for large pictures, and not too much for all together."""

from __future__ import annotations

import io
import threading
from unittest import mock

import numpy as np
import pytest
import tifffile
from made_pictures import FORMATS, encoded, noise, quarters
from PIL import Image
from PIL.PngImagePlugin import PngImageFile, PngInfo

from photomosaic.dates import embedded_dates
from photomosaic.errors import PictureError
from photomosaic.images import decode as decode_module
from photomosaic.images import memory, plain
from photomosaic.images.decode import decode


def small_budget(parts):
    semaphore = threading.Semaphore(parts)
    return memory.MemoryBudget(threading.Lock(), threading.Lock(), semaphore, parts), semaphore


def test_those_who_ask_for_too_much_wait_for_the_others():
    budget, _ = small_budget(4)
    order, began, goes_on = [], threading.Event(), threading.Event()

    def large():
        began.set()
        with budget.hold(10 << 30):
            order.append("large")

    with budget.hold(3 << 20):
        waiting = threading.Thread(target=large)
        waiting.start()
        assert began.wait(10)
        goes_on.wait(0.05)
        order.append("small")
    waiting.join(10)
    assert order == ["small", "large"]


def test_all_is_given_back_after_an_error():
    budget, semaphore = small_budget(4)
    with pytest.raises(KeyError), budget.hold(9 << 20):
        raise KeyError
    assert semaphore._value == 4


def test_a_large_file_leaves_memory_for_its_own_decoding(monkeypatch):
    monkeypatch.setattr(memory, "LARGE_FILE", 1000)
    budget, semaphore = small_budget(4)
    with budget.hold_file(5 << 20), budget.hold(1 << 40):
        assert semaphore._value == 0
    with budget.hold_file(10), budget.hold(1 << 40):
        assert semaphore._value == 0
    assert semaphore._value == 4


def test_all_processes_together_have_as_much_as_threads():
    budget = memory.budget_for_processes()
    with budget.hold(memory.LARGEST_PICTURE):
        assert not budget._parts.acquire(block=False)


def test_a_photo_that_takes_too_much_is_named(monkeypatch):
    monkeypatch.setattr(memory, "LARGEST_PICTURE", 10_000)
    data = encoded(quarters(), "PNG")
    with pytest.raises(PictureError, match=r"^reading it takes .* GB of memory, above the limit"):
        decode(data, (8, 8))
    # Of a target there is only one.
    assert decode(data).width == 64


def test_a_progressive_jpeg_takes_memory_for_all_of_its_size():
    picture = Image.new("RGB", (640, 640))
    wanted = (640, 640), (8, 8)
    costs = []
    for options in ({}, {"progressive": True}, {"progressive": True, "subsampling": 0}):
        opened = Image.open(io.BytesIO(encoded(picture, "JPEG", **options)))
        opened.draft("RGB", (80, 80))
        costs.append(plain.decoding_bytes(opened, *wanted))
    assert costs[0] < 640 * 640 < costs[1] < costs[2]
    assert costs[2] - costs[0] == 6 * 640 * 640


def smooth(mode):
    picture = Image.fromarray(noise(5, 6)).resize((320, 200), Image.Resampling.BICUBIC)
    if mode == "RGBA":
        picture.putalpha(Image.linear_gradient("L").resize(picture.size))
    return picture.convert(mode)


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        *((kind, "RGB") for kind in FORMATS),
        *(("PNG", mode) for mode in ("RGBA", "L", "P", "I;16")),
        *(("TIFF", mode) for mode in ("CMYK", "RGBA", "L")),
        ("WEBP", "RGBA"),
    ],
)
def test_a_large_picture_is_shrunk_by_strips(kind, mode, monkeypatch):
    picture = smooth("L").convert("I").point(lambda v: 257 * v) if mode == "I;16" else smooth(mode)
    data = encoded(picture.convert(mode), kind)
    whole = decode(data, (20, 32))
    monkeypatch.setattr(plain, "_MANY_PIXELS", 1000)
    monkeypatch.setattr(plain, "_STRIP_PIXELS", 9000)
    strips = decode(data, (20, 32))
    assert strips.picture.size == whole.picture.size
    assert (strips.width, strips.height) == (320, 200)
    difference = np.abs(np.asarray(strips.picture, int) - np.asarray(whole.picture, int))
    assert difference.mean() < 2


def test_strips_of_inks_with_transparency(monkeypatch):
    inks = np.full((200, 320, 5), 90, np.uint8)
    inks[:100, :, 4] = 255
    inks[100:, :, 4] = 0
    file = io.BytesIO()
    tifffile.imwrite(file, inks, photometric="separated", extrasamples=[2], metadata=None)
    monkeypatch.setattr(plain, "_MANY_PIXELS", 1000)
    monkeypatch.setattr(plain, "_STRIP_PIXELS", 9000)
    alpha = np.asarray(decode(file.getvalue(), (20, 32)).picture)[..., 3]
    assert (alpha[:9] == 255).all()
    assert (alpha[11:] == 0).all()


def test_most_pixels_shrink_by_a_whole_number():
    decoded = decode(encoded(quarters((64, 32)), "PNG"), most_pixels=700)
    assert decoded.picture.size == (32, 16)
    assert (decoded.width, decoded.height) == (64, 32)
    assert decode(encoded(quarters((64, 32)), "PNG"), most_pixels=2048).picture.size == (64, 32)


def test_memory_is_kept_as_long_as_the_caller_needs_it(monkeypatch):
    budget, semaphore = small_budget(100)
    monkeypatch.setattr(memory, "_budgets", [budget])
    with decode_module.ExitStack() as stack:
        decode(encoded(quarters(), "PNG"), memory=stack, work=40 << 20)
        assert semaphore._value < 90
    assert semaphore._value == 100


def test_dates_of_a_large_png_do_not_decode_it(monkeypatch):
    monkeypatch.setattr(embedded_dates, "_MANY_PIXELS", 1000)
    monkeypatch.setattr(PngImageFile, "load", mock.Mock(side_effect=AssertionError("decoded")))
    text = PngInfo()
    text.add_text("Creation Time", "2019:05:06 07:08:09")
    data = encoded(quarters(), "PNG", pnginfo=text)
    assert embedded_dates.embedded_dates(data).taken is not None
