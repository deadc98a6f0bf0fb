"""Words that go with numbers."""

from __future__ import annotations


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """Return a number with its noun, in the plural unless it is one."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"
