"""Make the README's pictures, all or some: python -m tools.pictures [NAME ...]."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from PIL import Image

try:
    from tools.pictures import faces, layout, moving, plots, screens, stills
    from tools.pictures.studio import Studio
except ModuleNotFoundError as error:
    sys.exit(f"tools.pictures: {error}; install it: pip install -r requirements-dev.txt")

OUTPUT = Path(__file__).resolve().parents[2] / "media" / "readme"
PICTURES: dict[str, Callable[[Studio], Image.Image | Path]] = {
    "demo.jpg": stills.demo,
    "opacity.jpg": stills.opacity,
    "best-k.jpg": stills.best_k,
    "randomness.jpg": stills.randomness,
    "metric.jpg": stills.metric,
    "tint.jpg": stills.tint,
    "limits.jpg": stills.limits,
    "print.jpg": stills.print_detail,
    "photos.jpg": stills.more_photos,
    "video.jpg": moving.video_strip,
    "stabilization.jpg": moving.stabilization,
    "scales.gif": moving.scales,
    "window.jpg": screens.window,
    "notebook.jpg": screens.notebook,
    "zoom-page.jpg": screens.zoom_page,
    "montage.jpg": faces.montage,
    "lookup.png": plots.lookup,
    "caching.png": plots.caching,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Make the pictures that are asked for."""
    parser = argparse.ArgumentParser(prog="python -m tools.pictures", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(PICTURES)}")
    names = parser.parse_args(argv).names
    if unknown := set(names) - set(PICTURES):
        parser.error(f"{min(unknown)}: there is no such picture; see --help")
    OUTPUT.mkdir(parents=True, exist_ok=True)
    for name in names or PICTURES:
        # A folder for each, so that none depends on what was made before it.
        with tempfile.TemporaryDirectory(prefix="photomosaic-") as folder:
            made = PICTURES[name](Studio(Path(folder)))
            if isinstance(made, Path):
                (OUTPUT / name).write_bytes(made.read_bytes())
            else:
                layout.save(made, OUTPUT / name)
        print(f"{OUTPUT / name}: {(OUTPUT / name).stat().st_size / 1e3:,.0f} kB", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
