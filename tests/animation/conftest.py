from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

FAKE = """\
import json, sys

with open({record!r}, "a") as record:
    record.write(json.dumps([sys.argv[0].removesuffix(".py"), *sys.argv[1:]]) + "\\n")
given, write = sys.stdin.buffer.read(), sys.stdout.buffer.write
{action}
"""


class Fake:
    """A program that goes by the name of gifsicle."""

    def __init__(self, folder: Path, action: str) -> None:
        self.record = folder.with_name(f"{folder.name}.calls")
        folder.mkdir()
        program, script = folder / "gifsicle", folder / "gifsicle.py"
        script.write_text(FAKE.format(record=str(self.record), action=action))
        command = shlex.join([sys.executable, str(script)])
        program.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
        program.chmod(0o755)
        self.program = program

    @property
    def calls(self) -> list[list[str]]:
        if not self.record.exists():
            return []
        return [json.loads(line) for line in self.record.read_text().splitlines()]


@pytest.fixture
def nothing_beside_python(tmp_path, monkeypatch):
    (tmp_path / "python").mkdir()
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python" / "python"))


@pytest.fixture
def fake_gifsicle(tmp_path, monkeypatch) -> Callable[[str], Fake]:
    """Return a function that puts a gifsicle that does something else first on PATH."""
    python = sys.executable

    def make(action: str, name: str = "programs") -> Fake:
        monkeypatch.setattr(sys, "executable", python)
        fake = Fake(tmp_path / name, action)
        monkeypatch.setattr(sys, "executable", str(tmp_path / "no such folder" / "python"))
        monkeypatch.setenv("PATH", str(fake.program.parent))
        return fake

    return make
