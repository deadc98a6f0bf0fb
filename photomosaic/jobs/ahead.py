"""Slow libraries that a mosaic needs late."""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module
from threading import Thread

import cv2
import numpy as np

from photomosaic.memory import check_room_to_load

# In the order in which they are needed: the search, and the colour difference of the score.
LATE_LIBRARIES = ("faiss", "skimage.color.delta_e")


def load_ahead() -> None:
    """Load slow libraries in a thread, while the target and the photos are read."""
    Thread(target=_load).start()


def _load() -> None:
    # Whoever needs a library loads it as well, and reports what goes wrong.
    with suppress(Exception):
        # OpenCV computes its tables of CIELAB with the first pixel that is converted.
        cv2.cvtColor(np.zeros((1, 1, 3), np.float32), cv2.COLOR_BGR2LAB)
        for library in LATE_LIBRARIES:
            check_room_to_load(library)
            import_module(library)
