"""Folders of photos to codebooks, through the photo library."""
