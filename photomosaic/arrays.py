"""The array types of the package, named once."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

BgrImage = npt.NDArray[np.uint8]
"""Shape (H, W, 3), uint8, sRGB in the order blue, green, red."""

AnyImage = npt.NDArray[np.uint8]
"""As `BgrImage`, or shape (H, W, 4) with straight (not premultiplied) alpha last."""

Alpha = npt.NDArray[np.uint8]
"""Shape (N, h, w), uint8, 0 = transparent, 255 = opaque."""

Floats = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]
Ids32 = npt.NDArray[np.int32]
Integers = npt.NDArray[np.integer[Any]]
