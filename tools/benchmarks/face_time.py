"""Time to find and describe the faces of a photo, beside that of another checkout."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tools.benchmarks.parts import PROJECT

ROUNDS = 3
_CODE = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import cv2, time
cv2.setNumThreads(1)
from photomosaic.faces.detect import FaceFinder
from photomosaic.faces.weights import find_weights
from photomosaic.images.decode import read_target
finder, photos = FaceFinder(find_weights()), [read_target(Path(path)) for path in sys.argv[2:]]
finder.find(photos[0])
start = time.process_time()
faces = sum(len(finder.find(photo)) for photo in photos)
print((time.process_time() - start) / len(photos), faces)
"""


def seconds_a_photo(checkout: Path, photos: Sequence[Path]) -> tuple[float, int]:
    """Return the processor time a photo takes in a checkout, and how many faces are found."""
    command = [sys.executable, "-c", _CODE, checkout, *photos]
    told = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=True).stdout
    seconds, faces = told.split()
    return float(seconds), int(faces)


def how_long(data: Path, large: Path, before: Path | None) -> Iterator[str]:
    """Tell the time for photos of half a megapixel and of twelve and more.

    Parameters
    ----------
    data : Path
        With `caltech`.
    large : Path
        Folder of large photos.
    before : Path or None
        Another checkout. Both take turns, and the least of each counts.
    """
    small = sorted((data / "caltech").iterdir())[:20]
    for what, photos in (("0.5 MP", small), ("8 to 24 MP", sorted(large.iterdir()))):
        folders = [PROJECT, *([before] if before else [])] * ROUNDS
        runs = [(folder, *seconds_a_photo(folder, photos)) for folder in folders]
        now, *earlier = [
            min(run[1:] for run in runs if run[0] == folder) for folder in dict.fromkeys(folders)
        ]
        text = f"{what}: {1000 * now[0]:.0f} ms a photo, {now[1]} faces"
        for seconds, faces in earlier:
            text += f"; before {1000 * seconds:.0f} ms, {faces} faces: {now[0] / seconds:.2f} times"
        yield text
