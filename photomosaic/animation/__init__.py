"""Frames to animated pictures: GIF, WebP, PNG and MP4."""
