"""The slow library that a mosaic needs late."""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module
from threading import Thread

import cv2
import numpy as np

from photomosaic.memory import check_room_to_load

LATE_LIBRARY = "faiss"


def load_ahead() -> None:
    """Load it in a thread, while the target and the photos are read."""
    Thread(target=_load).start()


def _load() -> None:
    # Whoever needs it loads it as well, and reports what goes wrong.
    with suppress(Exception):
        # OpenCV computes its tables of CIELAB with the first pixel that is converted.
        cv2.cvtColor(np.zeros((1, 1, 3), np.float32), cv2.COLOR_BGR2LAB)
        check_room_to_load(LATE_LIBRARY)
        import_module(LATE_LIBRARY)
