from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from photomosaic.performance.faces import FaceTimings
from photomosaic.performance.measure import Measurements
from photomosaic.performance.mosaics import LookupTiming, ScaleTiming
from photomosaic.performance.photos import PhotoTimings
from photomosaic.performance.plots import _apart, file_names, write_plots
from photomosaic.performance.table import table
from photomosaic.performance.timing import Timing
from photomosaic.performance.videos import VideoTimings


def around(median):
    return Timing(median, median * 0.9, median * 1.2)


def measured(scales=range(1, 13), *, formats=("JPEG", "HEIC", "PNG"), more=True):
    tiles = {"resize": around(1e-4), "tiles": around(0.1), "tile features": around(0.002)}
    stages = {"features": around(0.001), "search": around(0.004), "encode": around(0.003)}
    return Measurements(
        PhotoTimings(
            1234,
            {"read": around(2e-4), "decode": around(0.03)},
            {"no cache": around(20), "first run": around(22), "later run": around(0.05)},
            {name: around(0.03 * (i + 1)) for i, name in enumerate(formats)},
            dict.fromkeys(scales, tiles),
        ),
        [ScaleTiming(s, 4 * s, 3 * s, 40_000 // s**2, around(0.1 / s), stages) for s in scales],
        [LookupTiming(n, 2048, around(n / 1e5)) for n in (1, 30, 1234)],
        {"photos to tiles": 150_000_000, "mosaics": 90_000_000} if more else {},
        150_000_000 if more else 0,
        VideoTimings(
            7,
            720,
            1280,
            96,
            around(0.03),
            {"decode": around(0.005), "fold": around(0.01), "encode": around(0.02)},
            stages,
            0.0483,
            0.0709,
            0.5,
        )
        if more
        else None,
        FaceTimings(24, 1, {"detect": around(0.03)}, around(0.02)) if more else None,
        2,
    )


def test_the_table_is_short_and_rounded():
    lines = table(measured()).splitlines()
    assert lines[:4] == [
        "| what | median | least to most |",
        "|---|--:|--:|",
        "| photo: read | 200 µs | 180 to 240 µs |",
        "| photo: decode | 30.0 ms | 27.0 to 36.0 ms |",
    ]
    assert len([line for line in lines if line.startswith("|")]) < 40
    text = "\n".join(lines)
    for line in (
        "| first index of a HEIC | 60.0 ms | 54.0 to 72.0 ms |",
        "| photos to tiles, first run | 22.0 s | 19.8 to 26.4 s |",
        "| mosaic at scale 1, 40,000 cells | 100 ms | 90.0 to 120 ms |",
        "| scale 7: search | 4.00 ms | 3.60 to 4.80 ms |",
        "| lookup of 2,048 patches in 1 tile | 10.0 µs | 9.00 to 12.0 µs |",
        "| video frame: all at once | 30.0 ms | 27.0 to 36.0 ms |",
        "| video: tiles that change, held | 4.83 % |  |",
        "| video: tiles that change, not held | 7.09 % |  |",
        "| video: searches skipped | 50.0 % |  |",
        "| faces: detect | 30.0 ms | 27.0 to 36.0 ms |",
        "| faces: frame of the montage | 20.0 ms | 18.0 to 24.0 ms |",
        "| most memory, mosaics | 90.0 MB |  |",
        "| most memory, all | 150 MB |  |",
        "1,234 photos (2 more could not be read); 1 face in 24 photos; 96 frames of 1280x720 at",
    ):
        assert line in text


def test_one_of_a_thing_is_written_in_the_singular():
    found = measured([5])
    found = replace(
        found,
        photos=replace(found.photos, photos=1),
        lookup=[LookupTiming(1, 1, around(1e-3))],
        faces=replace(found.faces, photos=1),
    )
    text = table(found)
    assert "lookup of 1 patch in 1 tile " in text
    assert "1 photo (2 more could not be read); 1 face in 1 photo; " in text


def test_the_table_without_what_was_not_asked_for():
    text = table(measured([5], more=False))
    assert "video" not in text
    assert "face" not in text
    assert "memory" not in text


@pytest.mark.parametrize(
    "found",
    [measured(), measured([3], formats=(), more=False), measured(range(1, 200), formats=["PNG"])],
    ids=["all", "least", "many scales"],
)
def test_every_plot_is_drawn_and_not_blank(found, tmp_path):
    write_plots(found, tmp_path)
    names = file_names(video=found.video is not None, faces=found.faces is not None)
    assert {path.name for path in tmp_path.iterdir()} == set(names)
    for name in names:
        with Image.open(tmp_path / name) as plot:
            assert plot.size == (960, 600)
            grey = np.asarray(plot.convert("L"))
        assert 0.002 < (grey < 128).mean() < 0.3
        # Nothing reaches the edge, where it would be cut off.
        assert min(grey[:2].min(), grey[-2:].min(), grey[:, :2].min(), grey[:, -2:].min()) == 255


def test_the_legend_covers_no_line():
    from matplotlib.figure import Figure

    from photomosaic.performance import plots

    figure = Figure(figsize=plots.SIZE, dpi=plots.DPI, layout="constrained")
    plots.draw("stages", figure, measured())
    figure.draw_without_rendering()
    legend, axes = figure.legends[0].get_window_extent(), figure.axes[0].get_window_extent()
    assert legend.x0 >= axes.x1
    assert legend.x1 <= figure.bbox.x1
    # In the order of the lines, from the top.
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        "tiles of all photos", "search", "encode", "tile features", "features", "resize (a photo)",
    ]  # fmt: skip


def test_colours_are_as_they_are_named(tmp_path):
    write_plots(measured(), tmp_path)
    with Image.open(tmp_path / "stages.png") as plot:
        colours = {colour for _, colour in plot.convert("RGB").getcolors(1 << 24)}
    assert {(0x00, 0x72, 0xB2), (0xD5, 0x5E, 0x00)} <= colours


@pytest.mark.parametrize("name", ["stages", "mosaics", "cells", "lookup", "video", "photos"])
@pytest.mark.parametrize("scales", [range(1, 13), range(1, 200), [1, 67, 134, 200], [3]])
def test_what_stands_at_the_ticks_does_not_touch(name, scales):
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    from photomosaic.performance import plots

    with rc_context({"font.size": plots.FONT_SIZE}):
        figure = Figure(figsize=plots.SIZE, dpi=plots.DPI, layout="constrained")
        plots.draw(name, figure, measured(scales))
        figure.draw_without_rendering()
    for axes in [*figure.axes, *(child for each in figure.axes for child in each.child_axes)]:
        low, high = sorted(axes.get_xlim())
        labels = [
            tick.label1 if tick.label1.get_visible() else tick.label2
            for tick in axes.xaxis.get_major_ticks()
            if low <= tick.get_loc() <= high
        ]
        spans = sorted((box.x0, box.x1) for box in (t.get_window_extent() for t in labels))
        assert all(a[1] < b[0] for a, b in itertools.pairwise(spans)), spans


@pytest.mark.parametrize("name", ["stages", "mosaics", "cells", "lookup"])
@pytest.mark.parametrize("scales", [range(1, 13), [3, 4, 6, 8], [6, 8], [3]])
def test_numbers_at_the_ticks_have_no_exponents(name, scales):
    from matplotlib.figure import Figure

    from photomosaic.performance import plots

    figure = Figure(figsize=plots.SIZE, dpi=plots.DPI, layout="constrained")
    plots.draw(name, figure, measured(scales))
    figure.draw_without_rendering()
    for axis in (figure.axes[0].xaxis, figure.axes[0].yaxis):
        for minor in (False, True):
            texts = [text.get_text() for text in axis.get_ticklabels(minor=minor)]
            assert not [text for text in texts if "$" in text or "e" in text]


def test_places_apart_have_both_ends():
    assert _apart([1, 2, 3, 4, 5], 0.25) == [0, 1, 2, 3, 4]
    assert _apart([1, 2, 3, 4, 5], 0.5) == [0, 2, 4]
    assert _apart([1, 4.9, 5], 0.2) == [0, 2]
    assert _apart([7], 0.2) == [0]
