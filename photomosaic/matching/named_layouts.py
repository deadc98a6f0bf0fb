"""Layouts by the names that people give them."""

from __future__ import annotations

from photomosaic.matching.layout import Layout, brick, hexagon
from photomosaic.matching.mixed import mixed

LAYOUTS = {"grid": Layout.of, "brick": brick, "hexagon": hexagon, "mixed": mixed}
"""What makes each layout of a grid; a mixed one has no turned cells yet."""
