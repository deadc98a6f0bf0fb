"""Films that zoom into a mosaic without end."""
