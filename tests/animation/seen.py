"""What a viewer sees of an animation."""

from __future__ import annotations

import io
from types import SimpleNamespace

import av
import numpy as np
from PIL import Image

from photomosaic.animation.gif import GifWriter, write_gif


def gif_of(frames, fps=10, hold=0.0, colors=256, *, dither=False):
    """Return the bytes of a GIF."""
    buffer = io.BytesIO()
    list(write_gif(frames, GifWriter(buffer, colors, dither=dither), fps, hold))
    return buffer.getvalue()


def seen(source):
    """Return frames (n, h, w, 3), BGR, and their milliseconds, as Pillow shows them."""
    source = io.BytesIO(source) if isinstance(source, bytes) else source
    with Image.open(source) as picture:
        frames, milliseconds = [], []
        for number in range(picture.n_frames):
            picture.seek(number)
            picture.load()
            frames.append(np.asarray(picture.convert("RGB"))[..., ::-1])
            milliseconds.append(picture.info["duration"])
        loop = picture.info.get("loop")
    return SimpleNamespace(frames=np.array(frames), milliseconds=milliseconds, loop=loop)


def film_seen(path):
    """Return frames (n, h, w, 3), BGR, the rate and the seconds of a video, as PyAV shows them."""
    with av.open(str(path)) as container:
        track = container.streams.video[0]
        frames = [frame.to_ndarray(format="bgr24") for frame in container.decode(track)]
        return SimpleNamespace(
            frames=np.array(frames),
            rate=track.average_rate,
            seconds=float(track.duration * track.time_base),
        )


def far_apart(levels=4):
    """Return levels ** 3 colours (n, 3), uint8, no two of which any way of packing mixes up."""
    steps = np.linspace(0, 255, levels).round().astype(np.uint8)
    return np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(-1, 3)
