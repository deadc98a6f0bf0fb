"""The lines on what a mosaic would be like."""

from __future__ import annotations

from collections import Counter

from photomosaic.cli.mosaic_words import result_line
from photomosaic.cli.words import reasons_text
from photomosaic.files.names import printable
from photomosaic.jobs.advice import Advice


def advice_lines(advice: Advice) -> list[str]:
    """Return the lines on a mosaic that was not saved, and on its photos."""
    still = advice.still
    lines = [f"would make: {result_line(still)}"]
    if still.finer is not None:
        lines.append(f"grid: too coarse for a face; take {still.finer.words}")
    sharp, dpi = advice.sharpest.print_size, advice.sharpest.dpi
    lines.append(f"print: nine of ten photos are sharp up to {sharp} at {dpi:.0f} dpi")
    if advice.lacking:
        names = ", ".join(f"{tone.name} {tone.share:.0%}" for tone in advice.lacking[:5])
        lines.append(f"tones lacking, in shares of the picture: {names}")
        lines.append(f"  their places: {printable(advice.tones_path or '')}")
    if advice.doubled is not None:
        lines.append(f"with twice as many such photos: CIEDE2000 about {advice.doubled:.1f}")
    if advice.left_out and advice.list_path:
        counts = Counter(why for _, why in advice.left_out)
        lines.append(f"better left out: {reasons_text(counts)}; --tidy leaves them out")
        lines.append(f"  shown in {printable(advice.sheet_path or '')}")
        lines.append(f"  or edit the list, and add --exclude-from {printable(advice.list_path)}")
    return lines
