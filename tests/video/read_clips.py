"""What the package makes of a clip: what it is, and its frames."""

from __future__ import annotations

import numpy as np

from photomosaic.video.pipes import read_frames
from photomosaic.video.probe import probe

X264 = "-c:v libx264 -preset ultrafast -crf 5 -pix_fmt yuv420p".split()


def look_at(path, start=0.0, seconds=None, fps=None, sound=False):
    return probe(path, start=start, seconds=seconds, fps=fps, sound=sound)


def frames_of(path, **options):
    found = look_at(path, **options)
    return found, np.array(list(read_frames(found)))
