"""Makes the README's pictures with the toolkit's own scripts: python -m tools.pictures."""

from __future__ import annotations
