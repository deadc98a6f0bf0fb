"""Which pictures are of no use as tiles: black or blurred ones, pages of text, screenshots."""

from __future__ import annotations

import re
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from photomosaic.arrays import AnyImage, BgrImage

Unfit = Literal["", "black", "blurred", "text", "screenshot"]

# All thresholds were set on thumbnails of 385 photos of all kinds, of which none may be called
# unfit but those that are, and on pages, receipts and screens beside them.
BLACK_LEVEL = 28
# Variance of the Laplacian as a share of the picture's own, below which no edge is sharp.
BLURRED_SHARE = 0.012
CONTRAST = 12.0
# A page: light paper without colour everywhere but for thin strokes, which are all over it.
STROKE_WIDTH = 13
PAPER_SHARE, PAPER_LIGHTNESS, PAPER_CHROMA = 0.85, 130, 22.0
ROUGHNESS, ROUGHNESS_SIGMA = 4.0, 12.0
INK, INK_LEAST, INK_MOST = 0.1, 0.05, 0.5
# A screen: areas without any texture, and all over it edges as sharp as pixels are.
FLAT_SHARE, FLAT_RANGE, SAME_SHARE = 0.6, 4, 0.35
SHARP_EDGE = 40
# So many of eight by eight parts have strokes or edges. A thing on white has them in its middle.
PARTS, PARTS_SHARE = 8, 0.65
_NAME = re.compile(
    r"screen[ _-]?(shot|cap|record)|bildschirm(foto|aufnahme)|capture d.[eé]cran"
    r"|captura de (pantalla|ecr)|schermata|skjermbilde|schermafbeelding",
    re.IGNORECASE,
)


def unfit_by_name(name: str) -> Unfit:
    """Return whether the name of a file is one that systems give to screenshots."""
    return "screenshot" if _NAME.search(name) else ""


def unfit_of(picture: AnyImage) -> Unfit:
    """Return what makes a thumbnail unfit; "" if nothing.

    Parameters
    ----------
    picture : ndarray of shape (H, W, 3 or 4), uint8, BGR or BGRA
        Transparent pictures are fit; they are drawings.
    """
    if picture.shape[2] == 4:
        return ""
    grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)
    if np.percentile(grey, 98) < BLACK_LEVEL:
        return "black"
    spread = float(grey.std())
    if spread > CONTRAST and cv2.Laplacian(grey, cv2.CV_32F).var() < BLURRED_SHARE * spread**2:
        return "blurred"
    if _is_page(picture, grey):
        return "text"
    return "screenshot" if _is_screen(grey) else ""


def _is_page(picture: BgrImage, grey: AnyImage) -> bool:
    kernel = np.ones((STROKE_WIDTH, STROKE_WIDTH), np.uint8)
    # What is left without all that is thin and dark.
    paper = cv2.morphologyEx(grey, cv2.MORPH_CLOSE, kernel)
    if (paper > PAPER_LIGHTNESS).mean() < PAPER_SHARE:
        return False
    if np.median(np.ptp(picture.astype(np.int16), axis=2)) > PAPER_CHROMA:
        return False
    ink = grey < (1 - INK) * paper
    smooth = cv2.GaussianBlur(paper.astype(np.float32), (0, 0), ROUGHNESS_SIGMA)
    if not ink.all() and np.abs(paper - smooth)[~ink].mean() > ROUGHNESS:
        return False
    return bool(INK_LEAST < ink.mean() < INK_MOST and _spread(ink) >= PARTS_SHARE)


def _is_screen(grey: AnyImage) -> bool:
    # The range of lightness within three by three pixels.
    edges = cv2.morphologyEx(grey, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    flat = (edges <= FLAT_RANGE).mean() > FLAT_SHARE and (edges == 0).mean() > SAME_SHARE
    return bool(flat and _spread(edges > SHARP_EDGE) >= PARTS_SHARE)


def _spread(marks: NDArray[np.bool_]) -> float:
    """Return in how many of the parts of a picture at least a fiftieth of the pixels is marked."""
    shares = cv2.resize(marks.astype(np.float32), (PARTS, PARTS), interpolation=cv2.INTER_AREA)
    return float((shares > 0.02).mean())
