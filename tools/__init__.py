"""Tools for those who work on the toolkit: benchmarks, pictures of the manual, recordings."""
