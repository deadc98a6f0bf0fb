"""Words on pictures."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from photomosaic.arrays import BgrImage

# Shares of the picture's height, or of its width where that is smaller.
LETTER_SHARE, MARGIN_SHARE = 0.05, 0.03
SMALLEST_LETTERS = 8
MOST_LETTERS = 200


def captioned(picture: BgrImage, text: str) -> BgrImage:
    """Return a picture (H, W, 3), uint8, with words at its lower left, cut off where they end."""
    height, width = picture.shape[:2]
    image = Image.fromarray(np.ascontiguousarray(picture[..., ::-1]))
    side = min(height, width)
    margin = max(1, round(side * MARGIN_SHARE))
    font = ImageFont.load_default(max(SMALLEST_LETTERS, round(side * LETTER_SHARE)))
    draw = ImageDraw.Draw(image)
    draw.text(
        (margin, height - margin),
        _fitting(text, width - 2 * margin, draw, font),
        fill="white",
        font=font,
        anchor="ls",
        stroke_width=max(1, side // 300),
        stroke_fill="black",
    )
    return np.ascontiguousarray(np.asarray(image)[..., ::-1])


def _fitting(
    text: str,
    width: int,
    draw: ImageDraw.ImageDraw,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
) -> str:
    """Return as much of a text, on one line, as fits into a width, with an ellipsis if need be."""
    text = shown = " ".join(text.split())[:MOST_LETTERS]
    while shown and draw.textlength(shown, font) > width:
        text = text[:-1]
        shown = f"{text.rstrip()}..." if text else ""
    return shown
