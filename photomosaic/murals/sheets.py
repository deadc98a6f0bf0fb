"""A print cut into sheets of paper, as a PDF for people who print at home."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from photomosaic.arrays import BgrImage
from photomosaic.errors import InputError
from photomosaic.files.writing import replacing
from photomosaic.images.decode import SOFTWARE
from photomosaic.murals.picture import as_image
from photomosaic.murals.size import MuralSize
from photomosaic.options.values import CM_PER_INCH
from photomosaic.progress import Work
from photomosaic.wording import counted

if TYPE_CHECKING:
    import pyvips
    from reportlab.pdfgen.canvas import Canvas

MM_PER_INCH = 10 * CM_PER_INCH
POINTS_PER_MM = 72 / MM_PER_INCH
PAPERS = {"A4": (210.0, 297.0), "A3": (297.0, 420.0), "Letter": (215.9, 279.4)}
"""Width and height of a sheet in mm, upright."""

# Home printers leave about 5 mm white; the rest is for the number and the marks.
MARGIN = 10.0
OVERLAP = 10.0
# Of a sheet, since a print comes out in whole pixels.
SLACK = 0.002
MARK = 4.0
RULER = 100.0
JPEG_QUALITY = 90
PLAN_PIXELS = 1000
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


def write_sheets(
    image: pyvips.Image, preview: BgrImage, layout: SheetLayout, path: Path, work: Work
) -> None:
    """Write a print as a PDF: a plan of how the sheets are put together, then the sheets.

    Parameters
    ----------
    image : pyvips.Image
        The print.
    preview : ndarray of shape (H, W, 3), uint8, BGR
        A small version, for the plan.
    layout : SheetLayout
    path : Path
    work : Work

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    from reportlab import rl_config
    from reportlab.pdfgen.canvas import Canvas

    # Its pictures as they are, not as text, which is a quarter longer.
    rl_config.useA85 = 0
    points = layout.paper[0] * POINTS_PER_MM, layout.paper[1] * POINTS_PER_MM
    with replacing(path) as file:
        canvas = Canvas(file, pagesize=points, invariant=1)
        canvas.setCreator(SOFTWARE)
        canvas.setTitle("Mosaic")
        canvas.scale(POINTS_PER_MM, POINTS_PER_MM)
        _draw_plan(canvas, preview, layout)
        canvas.showPage()
        for sheet in work.progress(layout, total=layout.count, what="writing sheets", unit="sheet"):
            canvas.scale(POINTS_PER_MM, POINTS_PER_MM)
            _draw_sheet(canvas, image, layout, sheet)
            canvas.showPage()
        canvas.save()


def _draw_sheet(canvas: Canvas, image: pyvips.Image, layout: SheetLayout, sheet: Sheet) -> None:
    per_mm = layout.dpi / MM_PER_INCH
    left, right = round(sheet.left * per_mm), round((sheet.left + sheet.width) * per_mm)
    top, bottom = round(sheet.top * per_mm), round((sheet.top + sheet.height) * per_mm)
    part = image.crop(left, top, min(right, image.width) - left, min(bottom, image.height) - top)
    page_top = layout.paper[1] - MARGIN
    place = MARGIN, page_top - sheet.height, sheet.width, sheet.height
    _draw_picture(canvas, part, place)
    _draw_marks(canvas, layout, sheet, page_top)
    canvas.setFont("Helvetica", 3)
    text = f"{sheet.number} of {layout.count}   row {sheet.row}, column {sheet.col}"
    canvas.drawString(MARGIN + OVERLAP, 4, text)


def _draw_marks(canvas: Canvas, layout: SheetLayout, sheet: Sheet, page_top: float) -> None:
    """Draw where the neighbours' pictures begin, at the middle of the overlaps."""
    canvas.setLineWidth(0.2)
    right, bottom = MARGIN + sheet.width, page_top - sheet.height
    xs = [MARGIN + OVERLAP / 2] * (sheet.col > 1) + [right - OVERLAP / 2] * (
        sheet.col < layout.cols
    )
    ys = [page_top - OVERLAP / 2] * (sheet.row > 1) + [bottom + OVERLAP / 2] * (
        sheet.row < layout.rows
    )
    for x in xs:
        canvas.line(x, page_top + 1, x, page_top + 1 + MARK)
        canvas.line(x, bottom - 1, x, bottom - 1 - MARK)
    for y in ys:
        canvas.line(MARGIN - 1 - MARK, y, MARGIN - 1, y)
        canvas.line(right + 1, y, right + 1 + MARK, y)


def _draw_plan(canvas: Canvas, preview: BgrImage, layout: SheetLayout) -> None:
    width, height = layout.paper
    canvas.setFont("Helvetica-Bold", 7)
    canvas.drawString(MARGIN, height - 18, "Placement plan")
    canvas.setFont("Helvetica", 4)
    for line, text in enumerate(_instructions(layout)):
        canvas.drawString(MARGIN, height - 27 - 6 * line, text)
    top = height - 27 - 6 * len(_instructions(layout))
    factor = min((width - 2 * MARGIN) / layout.width, (top - 25) / layout.height)
    place = MARGIN, top - layout.height * factor, layout.width * factor, layout.height * factor
    image = as_image(preview)
    small = image.resize(min(1, PLAN_PIXELS / max(image.width, image.height)))
    _draw_picture(canvas, small, place)
    for sheet in layout:
        _draw_outline(canvas, sheet, factor, top)
    canvas.line(MARGIN, 14, MARGIN + RULER, 14)
    canvas.drawString(MARGIN, 9, f"This line is {RULER:g} mm long if the printer kept the size.")


def _instructions(layout: SheetLayout) -> list[str]:
    return [
        f"{counted(layout.count, 'sheet')}, {counted(layout.rows, 'row')} of {layout.cols};"
        f" together {layout.width / 10:.1f} x {layout.height / 10:.1f} cm.",
        "Print at 100 % (actual size), not fitted to the page.",
        f"Neighbours overlap by {OVERLAP:g} mm: cut one of the two at the marks, glue it on",
        "the other. Each sheet has its number in the lower left corner.",
    ]


def _draw_outline(canvas: Canvas, sheet: Sheet, factor: float, top: float) -> None:
    left, width, height = MARGIN + sheet.left * factor, sheet.width * factor, sheet.height * factor
    below = top - sheet.top * factor - height
    canvas.setLineWidth(0.6)
    canvas.setStrokeColorRGB(1, 1, 1)
    canvas.rect(left, below, width, height)
    canvas.setLineWidth(0.2)
    canvas.setStrokeColorRGB(0, 0, 0)
    canvas.rect(left, below, width, height)
    font = min(8.0, 0.5 * height, 0.4 * width)
    label = str(sheet.number)
    canvas.setFont("Helvetica-Bold", font)
    wide = canvas.stringWidth(label, "Helvetica-Bold", font)
    x, y = left + width / 2, below + height / 2
    canvas.setFillColorRGB(1, 1, 1)
    canvas.roundRect(
        x - wide / 2 - 0.2 * font, y - 0.6 * font, wide + 0.4 * font, 1.2 * font, 1, 0, 1
    )
    canvas.setFillColorRGB(0, 0, 0)
    canvas.drawCentredString(x, y - 0.35 * font, label)
    canvas.setFont("Helvetica", 4)


def _draw_picture(
    canvas: Canvas, image: pyvips.Image, place: tuple[float, float, float, float]
) -> None:
    from reportlab.lib.utils import ImageReader

    # In a thread, since Ctrl-C would be lost in what libvips calls back.
    with ThreadPoolExecutor(1) as pool:
        encoding = pool.submit(image.jpegsave_buffer, Q=JPEG_QUALITY, subsample_mode="off")
        encoded = encoding.result()
    canvas.drawImage(ImageReader(io.BytesIO(encoded)), *place)
