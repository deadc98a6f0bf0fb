"""Pictures beside and below one another, with a word on each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

WIDTH = 1400
"""Pixels: twice what a page shows, for sharp screens."""
GAP = 16
PAPER = "white"
INK = "#333333"
LETTERS = 28
JPEG_QUALITY = 82


def row(
    pictures: Sequence[Image.Image], words: Sequence[str] = (), width: int = WIDTH
) -> Image.Image:
    """Put pictures of like shape side by side, as large as the width allows, words below each."""
    free = width - GAP * (len(pictures) - 1)
    height = round(free / sum(picture.width / picture.height for picture in pictures))
    foot = round(LETTERS * 1.6) if words else 0
    paper = Image.new("RGB", (width, height + foot), PAPER)
    draw, font = ImageDraw.Draw(paper), ImageFont.load_default(LETTERS)
    left = 0
    for number, picture in enumerate(pictures):
        scaled = picture.width * height / picture.height
        right = width if number == len(pictures) - 1 else round(left + scaled)
        shown = picture.convert("RGB").resize((right - left, height), Image.Resampling.LANCZOS)
        paper.paste(shown, (left, 0))
        if words:
            place = ((left + right) // 2, height + foot)
            draw.text(place, words[number], fill=INK, font=font, anchor="md")
        left = right + GAP
    return paper


def column(pictures: Sequence[Image.Image]) -> Image.Image:
    """Put pictures of one width below one another."""
    height = sum(picture.height for picture in pictures) + GAP * (len(pictures) - 1)
    paper = Image.new("RGB", (pictures[0].width, height), PAPER)
    top = 0
    for picture in pictures:
        paper.paste(picture, (0, top))
        top += picture.height + GAP
    return paper


def detail(
    picture: Image.Image, centre: tuple[float, float], share: float, aspect: float
) -> Image.Image:
    """Cut a part out of a picture.

    Parameters
    ----------
    picture : Image
    centre : tuple of float
        Across and down, as shares of the picture's width and height.
    share : float
        Width of the part, as a share of the picture's.
    aspect : float
        Width to height of the part.
    """
    width = picture.width * share
    height = width / aspect
    left = min(max(0, picture.width * centre[0] - width / 2), picture.width - width)
    top = min(max(0, picture.height * centre[1] - height / 2), picture.height - height)
    return picture.crop((round(left), round(top), round(left + width), round(top + height)))


def save(picture: Image.Image, path: Path) -> None:
    """Save a picture as a JPEG file."""
    picture.convert("RGB").save(path, quality=JPEG_QUALITY, optimize=True, progressive=True)
