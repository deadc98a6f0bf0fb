"""Mosaics of any size: prints, sheets, and a page to zoom into."""
