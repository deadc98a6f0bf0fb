"""The points of the largest face of a picture that shows one upright."""

from __future__ import annotations

import threading

import numpy as np
import numpy.typing as npt

from photomosaic.arrays import BgrImage
from photomosaic.faces.mesh import FaceMesh
from photomosaic.faces.network import FaceNetwork
from photomosaic.faces.upright import box_of
from photomosaic.faces.weights import MeshWeights, find_mesh_weights, find_weights

# The longer side that is looked at, in pixels, and the lowest score of a face.
_LONGEST, _SURE = 640, 0.5


class FramePoints:
    """Finds the points; any thread may ask.

    Raises
    ------
    InputError
        If weights are missing or wrong; the message tells what to type.
    """

    def __init__(self) -> None:
        self._detector, self._mesh = find_weights().detector, find_mesh_weights()
        self._networks = threading.local()

    def find(self, picture: BgrImage) -> npt.NDArray[np.float64] | None:
        """Return the points (468, 2), as (x, y), of a picture (H, W, 3), uint8, BGR, or None."""
        network, mesh = self._of_this_thread()
        sightings = network.look(picture, _LONGEST / max(picture.shape[:2]), _SURE)
        if not sightings:
            return None
        largest = max(sightings, key=lambda sighting: sighting.box[2] * sighting.box[3])
        return mesh.find(picture, box_of(largest), largest.marks[:2])[:, :2]

    def _of_this_thread(self) -> tuple[FaceNetwork, FaceMesh]:
        known = self._networks
        if not hasattr(known, "both"):
            known.both = _networks(self._detector, self._mesh)
        both: tuple[FaceNetwork, FaceMesh] = known.both
        return both


def _networks(detector: str, mesh: MeshWeights) -> tuple[FaceNetwork, FaceMesh]:
    return FaceNetwork(detector), FaceMesh(mesh)
