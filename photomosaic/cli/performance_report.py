"""Plots and a table of the time that mosaics take."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from photomosaic.cli.performance import Measurements, Timing
from photomosaic.images.encode import replacing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Told apart in grey, too.
STYLES = [f"{line}{mark}" for mark in "osv^" for line in ("-", "--", ":")]


def write_plots(found: Measurements, savedir: Path) -> None:
    """Write the plots as PNG files into a folder."""
    _write(savedir / "stages.png", _stages, found)
    _write(savedir / "mosaics.png", _mosaics, found)
    _write(savedir / "lookup.png", _lookup, found)
    _write(savedir / "caching.png", _caching, found)


def table(found: Measurements) -> str:
    """Return the measurements as a Markdown table."""
    rows = [
        _row(f"mosaic at scale {timing.scale}, {timing.cells:,} cells", timing.total)
        for timing in found.scales
    ]
    rows += [_row(f"lookup in {size:,} tiles", timing) for size, timing in found.lookup]
    rows += [_row(f"photos to tiles, {name}", timing) for name, timing in found.caching.items()]
    rows += [_row(f"first index, per {name} photo", time) for name, time in found.formats.items()]
    head = ["| what | median, ms | least to most, ms |", "|---|---|---|"]
    memory = f"{found.photos:,} photos; peak memory {found.peak_memory / 1e6:,.0f} MB"
    return "\n".join([*head, *rows, "", memory])


def _row(what: str, timing: Timing) -> str:
    least, most = timing.least * 1000, timing.most * 1000
    return f"| {what} | {timing.median * 1000:.2f} | {least:.2f} to {most:.2f} |"


def _write(path: Path, draw: Callable[[Axes, Measurements], None], found: Measurements) -> None:
    # Without pyplot, which picks a window system.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5), dpi=120, layout="constrained")
    draw(figure.add_subplot(), found)
    with replacing(path) as file:
        figure.savefig(file, format="png")


def _stages(axes: Axes, found: Measurements) -> None:
    names = dict.fromkeys(name for timing in found.scales for name in timing.stages)
    for name, style in zip(names, STYLES * len(names), strict=False):
        points = [(t.height, t.stages[name].median) for t in found.scales if name in t.stages]
        axes.plot([x for x, _ in points], [y * 1000 for _, y in points], style, label=name)
    _label(axes, "Time of each operation", "height of a tile (pixels)", "time (ms)")
    axes.set_yscale("log")
    axes.legend()


def _mosaics(axes: Axes, found: Measurements) -> None:
    cells = [timing.cells for timing in found.scales]
    axes.plot(cells, [timing.total.median * 1000 for timing in found.scales], "-ok")
    for timing in found.scales:
        place = timing.cells, timing.total.median * 1000
        axes.annotate(f"scale {timing.scale}", place, xytext=(4, 4), textcoords="offset points")
    _label(axes, "Time of a mosaic", "cells of the grid", "time (ms)")
    axes.set_xscale("log")


def _lookup(axes: Axes, found: Measurements) -> None:
    sizes = [size for size, _ in found.lookup]
    axes.plot(sizes, [timing.median * 1000 for _, timing in found.lookup], "-ok")
    _label(axes, "Lookup of all patches", "tiles in the codebook", "time (ms)")
    axes.set_xscale("log")


def _caching(axes: Axes, found: Measurements) -> None:
    bars: Mapping[str, Timing] = found.caching
    drawn = axes.bar(list(bars), [timing.median for timing in bars.values()], color="0.6")
    axes.bar_label(drawn, fmt="%.3f s")
    _label(axes, f"From {found.photos:,} photos to tiles", "", "time (s)")


def _label(axes: Axes, title: str, x: str, y: str) -> None:
    axes.set_title(title)
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.grid(alpha=0.3)
