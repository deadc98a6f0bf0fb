"""Faces: detection, recognition, alignment, and montages."""
