from __future__ import annotations

import io
import time

import numpy as np
import pytest
from PIL import Image

import mosaic
from photomosaic.explore.notebook import NotebookSettings, explore
from photomosaic.options.look import RenderOptions


@pytest.fixture
def opened(painting, detailed_photos, tmp_path):
    """Return the widgets on the painting, which save to out/."""
    one = explore(
        detailed_photos,
        painting,
        NotebookSettings(
            savepath=str(tmp_path / "out" / "%s-at-%d.png"),
            max_scale=12,
            cache_dir=tmp_path / "cache",
        ),
    )
    yield one
    one.close()


def shown(opened):
    return np.asarray(Image.open(io.BytesIO(opened.widgets["picture"].value)).convert("RGB"), int)


def wait_until_shown(opened):
    view = opened.wait()
    expected = view.mosaic[..., ::-1].astype(int)
    end = time.monotonic() + 20
    while shown(opened).shape != expected.shape or np.abs(shown(opened) - expected).mean() > 6:
        assert time.monotonic() < end
        time.sleep(0.05)
    return expected


def test_the_picture_follows_the_widgets(opened):
    first = wait_until_shown(opened)
    for name, value in [("scale", 5), ("opacity", 0.5), ("tint", 0.8), ("best_k", 9)]:
        opened.widgets[name].value = value
        changed = wait_until_shown(opened)
        assert changed.shape != first.shape or np.abs(changed - first).mean() > 1
        first = changed


def test_save_writes_what_mosaic_py_would(opened, painting, detailed_photos, tmp_path):
    opened.widgets["scale"].value = 6
    opened.widgets["randomness"].value = 0.2
    opened.widgets["metric"].value = "rgb"
    opened.widgets["save"].click()
    saved = tmp_path / "out" / "painting-at-6.png"
    assert f"saved {saved}" in opened.widgets["message"].value
    expected = tmp_path / "expected.png"
    options = ["--target", painting, "--codebook-dir", detailed_photos, "--scale", 6]
    options += ["--randomness", 0.2, "--metric", "rgb", "--no-cache", "--savepath", expected]
    assert mosaic.main(list(map(str, options))) == 0
    assert saved.read_bytes() == expected.read_bytes()


def test_mistakes_are_told_below_and_can_be_mended(opened, detailed_photos, tmp_path):
    message = opened.widgets["message"]
    opened.widgets["folder"].value = str(tmp_path / "<b>nowhere")
    assert "&lt;b&gt;nowhere: the folder does not exist" in message.value
    empty = tmp_path / "empty"
    empty.mkdir()
    opened.widgets["folder"].value = str(empty)
    end = time.monotonic() + 20
    while "there is no photo in it" not in message.value:
        assert time.monotonic() < end
        time.sleep(0.05)
    opened.widgets["save"].click()
    opened.widgets["folder"].value = str(detailed_photos)
    opened.widgets["target"].value = str(tmp_path / "none.png")
    assert "there is no such file" in message.value
    opened.widgets["target"].value = str(tmp_path / "painting.png")
    assert opened.widgets["message"].value.count(">") == 2
    wait_until_shown(opened)


def test_the_slider_ends_where_tiles_no_longer_fit(opened, tmp_path):
    small = tmp_path / "small.png"
    Image.new("RGB", (30, 30), "teal").save(small)
    opened.widgets["scale"].value = 12
    opened.widgets["target"].value = str(small)
    assert opened.widgets["scale"].max == 7
    assert opened.wait() is not None
    Image.new("RGB", (2, 2)).save(tmp_path / "tiny.png")
    opened.widgets["target"].value = str(tmp_path / "tiny.png")
    assert "smaller than any tile" in opened.widgets["message"].value


def test_the_widgets_start_with_any_options(detailed_photos, painting):
    options = RenderOptions(best_k=50, randomness=0.995, min_spacing=30, max_uses=7)
    one = explore(
        detailed_photos, painting, NotebookSettings(options=options, max_scale=1, cache_dir=None)
    )
    try:
        assert one.request.options == options
    finally:
        one.close()
