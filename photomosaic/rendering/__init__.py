"""Mosaic pictures from tiles and assignments; arrays only."""
