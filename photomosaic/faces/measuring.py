"""The faces that are found, measured in their photos."""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from photomosaic.errors import PictureError
from photomosaic.faces.align import beyond_edge, eye_marks, eyes_to_marks
from photomosaic.faces.figures import Figures, compared, skin_of
from photomosaic.faces.mesh import FaceMesh, pose
from photomosaic.faces.pixels import photo_of
from photomosaic.faces.search import Finding
from photomosaic.faces.shape import face_points
from photomosaic.faces.weights import MeshWeights
from photomosaic.files.names import printable
from photomosaic.files.regular import why_unread
from photomosaic.options.montage import FrameOptions
from photomosaic.parallel.workers import Threads
from photomosaic.progress import Work

log = logging.getLogger(__name__)

# Between the eyes, in pixels: photos that show a face larger are read smaller.
_EYES_APART = 120


def measured(
    findings: Sequence[Finding], weights: MeshWeights | None, options: FrameOptions, work: Work
) -> list[Finding]:
    """Return findings with figures; those whose photos cannot be read any more are left out.

    Parameters
    ----------
    findings : sequence of Finding
    weights : MeshWeights or None
        Without them, pose, eyes and points are not measured.
    options : FrameOptions
    work : Work
    """
    meshes = threading.local()

    def measure(finding: Finding) -> Finding | None:
        if weights is not None and not hasattr(meshes, "mesh"):
            meshes.mesh = FaceMesh(weights)
        try:
            figures = _figures(finding, getattr(meshes, "mesh", None), options)
        except (OSError, PictureError) as error:
            name = printable(finding.photo.file.path)
            log.warning("%s: left out: %s", name, why_unread(error))
            return None
        return replace(finding, figures=figures)

    made = Threads(work.workers).map(measure, findings)
    shown = work.progress(made, total=len(findings), what="measuring faces", unit="face")
    known = [finding for finding in shown if finding is not None]
    figures = compared([finding.figures for finding in known if finding.figures])
    return [replace(one, figures=each) for one, each in zip(known, figures, strict=True)]


def _figures(finding: Finding, mesh: FaceMesh | None, options: FrameOptions) -> Figures:
    found = finding.photo.found
    zoom = min(1.0, _EYES_APART / max(finding.face.eye_distance, 1.0))
    sides = sorted((found.height, found.width))
    photo = photo_of(finding, (math.ceil(sides[0] * zoom), math.ceil(sides[1] * zoom)))
    face = finding.face.scaled(len(photo) / found.height)
    closeness = max(options.start_closeness, options.end_closeness)
    matrix = eyes_to_marks(finding.eyes, eye_marks(options.shape, closeness))
    padding = 100 * beyond_edge((found.height, found.width), matrix, options.shape)
    figures = Figures(skin_of(photo, face.eyes), padding)
    if mesh is None:
        return figures
    points = mesh.find(photo, face.box, face.eyes)
    turned, lowered = pose(points)
    return replace(
        figures,
        turned=float(np.hypot(turned, lowered)),
        eyes_open=mesh.eyes_open(photo, points),
        points=(face_points(points) + 0.5) * (found.height / len(photo)) - 0.5,
    )
