from __future__ import annotations

import platform
import re
from pathlib import Path

from photomosaic import __version__
from photomosaic.versions import versions

PROJECT = Path(__file__).resolve().parents[1]


def test_packages_that_are_not_installed_are_left_out():
    found = versions(["numpy", "no-such-package"])
    assert list(found) == ["photomosaic", "python", "numpy"]
    assert found["photomosaic"] == __version__
    assert found["python"] == platform.python_version()
    assert found["numpy"][0].isdigit()


def test_requirements_have_bounds_and_a_reason_and_are_listed_once():
    names = []
    for file, least in (("", 4), ("-dev", 4), ("-notebook", 2), ("-weights", 1)):
        lines = (PROJECT / f"requirements{file}.txt").read_text().splitlines()
        packages = [line for line in lines if not line.startswith(("#", "-r "))]
        assert len(packages) >= least, file
        # Weights have one version, since they are checked by their hash.
        bounded = r"[^;#]+(==|>=[^;#]+,<)[^#]*  # ."
        assert [line for line in packages if not re.match(bounded, line)] == []
        names += [re.split("[<>=;]", line)[0] for line in packages]
    assert len(set(names)) == len(names)
