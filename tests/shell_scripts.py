"""Copies of the shell scripts, run beside nothing but chosen programs and fake ones."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
STREAMS = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}


class Copy:
    """Some files of the project in a folder of their own, with a path of their own."""

    def __init__(self, folder: Path, files: list[str], programs: list[str]) -> None:
        self.folder = folder
        self.tools, self.calls = folder.parent / "tools", folder.parent / "calls"
        self.environment = {"PATH": str(self.tools), "CALLS": str(self.calls)}
        folder.mkdir()
        self.tools.mkdir()
        for file in files:
            shutil.copy(PROJECT / file, folder)
        for program in programs:
            (self.tools / program).symlink_to(str(shutil.which(program)))

    def add_program(self, name: str, text: str | None) -> None:
        """Put a shell script in place of the program of that name, or remove it if None."""
        (self.tools / name).unlink(missing_ok=True)
        if text is not None:
            (self.tools / name).write_text(f"#!/bin/sh\n{text}\n")
            (self.tools / name).chmod(0o755)

    def start(self, script: str, *words: str, cwd: str | Path = "/", **environment: str):
        """Start a script from another folder, and forget the calls of earlier runs."""
        self.calls.write_text("")
        command, variables = ["sh", self.folder / script, *words], self.environment | environment
        return subprocess.Popen(
            command, cwd=cwd, env=variables, text=True, start_new_session=True, **STREAMS
        )

    def run(self, script: str, *words: str, **settings: str | Path):
        process = self.start(script, *words, **settings)
        out, errors = process.communicate(timeout=60)
        return subprocess.CompletedProcess(words, process.returncode, out, errors)


def assert_advice(result: subprocess.CompletedProcess[str], *words: str) -> None:
    """Check that a script printed one line, with these words in it, and exited with code 2."""
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.count("\n") == 1, result.stderr
    assert [word for word in words if word not in result.stderr] == [], result.stderr
