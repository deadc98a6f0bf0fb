"""Measurements of the toolkit against baselines, as ratios within one run."""
