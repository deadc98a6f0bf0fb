"""A mosaic as a file that can be edited and rendered again."""
