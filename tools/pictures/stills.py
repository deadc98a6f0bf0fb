"""Pictures of mosaics of a picture: what to make, and what the options do."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from tools.benchmarks.photos_needed import COUNTS, fill
from tools.pictures.layout import GAP, WIDTH, detail, row
from tools.pictures.studio import Studio

FACE, SHOULDER = (0.44, 0.3), (0.2, 0.62)


def demo(studio: Studio) -> Image.Image:
    """Show what the demo makes, and a part of it."""
    made = studio.mosaic(studio.astronaut, None)
    return row([made, detail(made, (0.54, 0.3), 0.34, 3 / 4)])


def opacity(studio: Studio) -> Image.Image:
    """Show more and more of the target laid over."""
    return _compared(studio, studio.astronaut, 10, "--opacity", (0, 0.2, 0.4))


def best_k(studio: Studio) -> Image.Image:
    """Show areas where one photo repeats, and how they break up."""
    made = [studio.mosaic(studio.astronaut, 10, "--best-k", k) for k in (1, 3, 10)]
    parts = [detail(picture, SHOULDER, 0.4, 4 / 3) for picture in made]
    return row(parts, ["--best-k 1", "--best-k 3", "--best-k 10"])


def randomness(studio: Studio) -> Image.Image:
    """Show more and more cells filled by chance."""
    return _compared(studio, studio.cat, 8, "--randomness", (0, 0.05, 0.2))


def metric(studio: Studio) -> Image.Image:
    """Show a target, and its mosaic by each metric."""
    names = ("perceptual", "rgb")
    made = [studio.mosaic(studio.cat, 10, "--metric", name) for name in names]
    with Image.open(studio.cat) as target:
        words = ["the target", *(f"--metric {name}" for name in names)]
        return row([target.resize(made[0].size), *made], words)


def tint(studio: Studio) -> Image.Image:
    """Show tiles moved to the colours of their patches, in part and wholly."""
    values = (0, 0.5, 1)
    made = [studio.mosaic(studio.astronaut, 10, "--tint", value) for value in values]
    parts = [detail(picture, FACE, 0.5, 1) for picture in made]
    return row(parts, [f"--tint {value}" for value in values])


def limits(studio: Studio) -> Image.Image:
    """Show photos that may repeat as they like, and such that are kept apart."""
    words: list[tuple[object, ...]] = [(), ("--min-spacing", 4), ("--max-uses", 16)]
    made = [studio.mosaic(studio.astronaut, 10, "--tint", 0.3, *more) for more in words]
    names = ["no limit", *(" ".join(map(str, more)) for more in words[1:])]
    return row([detail(picture, FACE, 0.75, 1) for picture in made], names)


def print_detail(studio: Studio) -> Image.Image:
    """Show a part of a mosaic, and the same of its print."""
    look = ("--tint", 0.5)
    pictures = (
        studio.mosaic(studio.astronaut, 7, *look),
        studio.mosaic(studio.astronaut, 7, *look, "--enlarge", 4),
    )
    words = ["at the size of the target", "as a print"]
    # Large pixels are to be seen as such.
    width = (WIDTH - GAP) // 2
    parts = [detail(picture, (0.4, 0.14), 0.13, 4 / 3) for picture in pictures]
    size = (width, round(width * 3 / 4))
    return row([part.resize(size, Image.Resampling.NEAREST) for part in parts], words)


def more_photos(studio: Studio) -> Image.Image:
    """Show what more and more photos make of a target."""
    everything = studio.folder / "4000"
    everything.mkdir()
    fill(everything, studio.photos, max(COUNTS))
    made = []
    for count in COUNTS:
        some = studio.folder / f"some-{count}"
        some.mkdir()
        for path in sorted(everything.iterdir())[:count]:
            (some / path.name).hardlink_to(path)
        made.append(studio.mosaic(studio.astronaut, 10, photos=some))
    return row(made, [f"{count:,} photos" for count in COUNTS])


def _compared(
    studio: Studio, target: Path, scale: int, option: str, values: tuple[float, ...]
) -> Image.Image:
    made = [studio.mosaic(target, scale, option, value) for value in values]
    return row(made, [f"{option} {value}" for value in values])
