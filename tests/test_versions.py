from __future__ import annotations

import platform

from photomosaic import __version__
from photomosaic.versions import versions


def test_packages_that_are_not_installed_are_left_out():
    found = versions(["numpy", "no-such-package"])
    assert list(found) == ["photomosaic", "python", "numpy"]
    assert found["photomosaic"] == __version__
    assert found["python"] == platform.python_version()
    assert found["numpy"][0].isdigit()
