"""Versions of the packages that a result was made with."""

from __future__ import annotations

import platform
from collections.abc import Iterable

from photomosaic import __version__


def versions(packages: Iterable[str]) -> dict[str, str]:
    """Return the versions of this toolkit, of Python, and of the packages that are installed."""
    # Loaded here, since it brings along the modules for e-mail.
    from importlib.metadata import PackageNotFoundError, version

    found = {"photomosaic": __version__, "python": platform.python_version()}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
