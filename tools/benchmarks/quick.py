"""Measure whether performance.py --quick ends within 30 seconds on folders that decode slowly."""

from __future__ import annotations

import io
import os
import tempfile
from pathlib import Path

import pillow_heif
from PIL import Image

from photomosaic.images.kinds import PHOTO_SUFFIXES
from photomosaic.video.ffmpeg import running
from tools.benchmarks.parts import PROJECT, data_parser
from tools.benchmarks.still import run_measured

PHOTOS, DIFFERENT = 4000, 4
LONGEST_SIDE = 4032
BAR = 30.0
TARGET = "targets/hires_canyon_3072x2048.jpg"


def heic_folder(source: Path, folder: Path) -> Path:
    """Fill a folder with HEIC files as phones write them, each with a content of its own."""
    folder.mkdir()
    contents = []
    for path in sorted(source.iterdir())[:DIFFERENT]:
        picture = Image.open(path).convert("RGB")
        picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        buffer = io.BytesIO()
        pillow_heif.from_pillow(picture).save(buffer, quality=60)
        contents.append(buffer.getvalue())
    for number in range(PHOTOS):
        # A box that is to be passed over (ISO/IEC 14496-12) makes another content of it.
        box = (12).to_bytes(4, "big") + b"free" + number.to_bytes(4, "big")
        (folder / f"IMG_{number:04d}.HEIC").write_bytes(contents[number % DIFFERENT] + box)
    return folder


def large_clip(path: Path) -> Path:
    """Write a clip of a moving pattern, 3840x2160 at 60 a second."""
    source = ["-f", "lavfi", "-i", "testsrc2=s=3840x2160:r=60:d=2"]
    encoder = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]
    with running([*source, *encoder, str(path)]) as ffmpeg:
        ffmpeg.process.wait()
    return path


def main() -> None:
    """Run all measurements."""
    data = data_parser(__doc__).parse_args().data.resolve()
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        clip = large_clip(scratch / "clip.mp4")
        folders = [heic_folder(data / "photos_12mp", scratch / "heic")]
        folders += [data / "photos_12mp", data / "photos_camera", data / "photos"]
        for photos in folders:
            files = [path for path in photos.iterdir() if path.suffix.lower() in PHOTO_SUFFIXES]
            for max_scale in (12, 200):
                options = ["--target", data / TARGET, "--codebook-dir", photos, "--quick"]
                options += ["--min-scale", 1, "--max-scale", max_scale]
                options += ["--video", clip, "--faces", photos, "--savedir", scratch / "made"]
                load = os.getloadavg()[0]
                elapsed, _ = run_measured(PROJECT / "performance.py", *options)
                print(
                    f"{len(files):,} photos of {photos.name}, scales 1 to {max_scale}:"
                    f" {elapsed:.1f} s, {elapsed / BAR:.2f} of the bar of {BAR:.0f} s"
                    f" (load before: {load:.1f})",
                    flush=True,
                )


if __name__ == "__main__":
    main()
