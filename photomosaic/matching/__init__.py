"""Matching of patches to tiles; arrays only."""
