"""The sheets of a print as a PDF, for people who print at home."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from photomosaic.arrays import BgrImage
from photomosaic.files.writing import replacing
from photomosaic.images.own_output import SOFTWARE
from photomosaic.murals.picture import as_image
from photomosaic.murals.sheet_layout import MARGIN, MM_PER_INCH, OVERLAP, Sheet, SheetLayout
from photomosaic.progress import Work
from photomosaic.wording import counted

if TYPE_CHECKING:
    import pyvips
    from reportlab.pdfgen.canvas import Canvas

POINTS_PER_MM = 72 / MM_PER_INCH
MARK = 4.0
RULER = 100.0
JPEG_QUALITY = 90
PLAN_PIXELS = 1000


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
        x - wide / 2 - 0.2 * font,
        y - 0.6 * font,
        wide + 0.4 * font,
        1.2 * font,
        radius=1,
        stroke=0,
        fill=1,
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
