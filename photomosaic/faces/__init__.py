"""Faces: found, told apart, aligned, and made into a montage."""
