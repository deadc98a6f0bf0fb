"""How a print is divided into sheets of paper."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from photomosaic.errors import InputError
from photomosaic.murals.size import MuralSize
from photomosaic.options.values import CM_PER_INCH

MM_PER_INCH = 10 * CM_PER_INCH
PAPERS = {"A4": (210.0, 297.0), "A3": (297.0, 420.0), "Letter": (215.9, 279.4)}
"""Width and height of a sheet in mm, upright."""

# Home printers leave about 5 mm white; the rest is for the number and the marks.
MARGIN = 10.0
OVERLAP = 10.0
# Of a sheet, since a print comes out in whole pixels.
SLACK = 0.002
# The document is put together in memory.
MOST_SHEETS = 400
MOST_PIXELS = 500_000_000


@dataclass(frozen=True)
class Sheet:
    """The part of a print that lies on a sheet.

    Attributes
    ----------
    number, row, col : int
        From 1, row by row.
    left, top, width, height : float
        The part of the print, in mm from its upper left corner.
    """

    number: int
    row: int
    col: int
    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class SheetLayout:
    """How a print is divided into sheets, each overlapping its neighbours by 10 mm.

    Attributes
    ----------
    paper : (float, float)
        Width and height of a sheet in mm.
    rows, cols : int
    width, height : float
        The print in mm.
    dpi : float
        Pixels of the print per inch.
    """

    paper: tuple[float, float]
    rows: int
    cols: int
    width: float
    height: float
    dpi: float

    @classmethod
    def of(cls, size: MuralSize, paper: str) -> SheetLayout:
        """Divide a print into sheets, portrait or landscape, whichever needs fewer.

        Raises
        ------
        InputError
            If it takes too many sheets.
        """
        upright = PAPERS[paper]
        ways = [cls._spread(size, way) for way in (upright, upright[::-1])]
        layout = min(ways, key=lambda way: way.count)
        if layout.count > MOST_SHEETS or size.pixels > MOST_PIXELS:
            raise InputError(
                f"the print takes {layout.count:,} sheets and {size.pixels / 1e6:,.0f} megapixels;"
                f" at most {MOST_SHEETS} sheets and {MOST_PIXELS // 1_000_000} megapixels are made."
                " Take a smaller print, larger paper, or fewer dpi"
            )
        return layout

    @classmethod
    def _spread(cls, size: MuralSize, paper: tuple[float, float]) -> SheetLayout:
        width, height = size.width / size.dpi * MM_PER_INCH, size.height / size.dpi * MM_PER_INCH
        cols, rows = (
            max(1, math.ceil((side - OVERLAP) / (whole - 2 * MARGIN - OVERLAP) - SLACK))
            for side, whole in zip((width, height), paper, strict=True)
        )
        return cls(paper, rows, cols, width=width, height=height, dpi=size.dpi)

    @property
    def count(self) -> int:
        """Number of sheets."""
        return self.rows * self.cols

    def __iter__(self) -> Iterator[Sheet]:
        """Yield the sheets row by row."""
        inner = self.paper[0] - 2 * MARGIN, self.paper[1] - 2 * MARGIN
        for row in range(self.rows):
            top = row * (inner[1] - OVERLAP)
            for col in range(self.cols):
                left = col * (inner[0] - OVERLAP)
                width, height = min(inner[0], self.width - left), min(inner[1], self.height - top)
                number = row * self.cols + col + 1
                yield Sheet(
                    number, row + 1, col + 1, left=left, top=top, width=width, height=height
                )
