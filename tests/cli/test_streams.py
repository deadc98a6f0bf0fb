"""Scripts whose stdout or stderr is closed, full, or read by nobody; and stopped by signals."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]

TOOL = """
import os, signal, sys
from pathlib import Path
from dataclasses import dataclass
from photomosaic.cli.command import Command
from photomosaic.cli.console import log, run
from photomosaic.errors import InputError
from photomosaic.options.photos import MessageOptions

@dataclass(frozen=True, kw_only=True)
class ToolOptions:
    messages: MessageOptions

def job(options, work):
    log.warning("news")
    yield "result \\u00fc"
    BODY

if __name__ == "__main__":
    sys.exit(run(Command("tool", ToolOptions, "A tool.", "tool.py", job), sys.argv[1:]))
"""
MAKE = "Path('made').write_text('made')"


@pytest.fixture
def tool(tmp_path):
    """Return a function that runs a script, whose work ends with some code, in a shell."""

    def run_tool(body, redirected="", before="", **environment):
        (tmp_path / "tool.py").write_text(TOOL.replace("BODY", body.replace("\n", "\n    ")))
        command = f"{before} {shlex.quote(sys.executable)} tool.py {redirected}"
        clean = {name: value for name, value in os.environ.items() if "PHOTOMOSAIC" not in name}
        return subprocess.run(
            ["bash", "-c", command],
            cwd=tmp_path,
            env=clean | {"PYTHONPATH": os.fspath(PROJECT)} | environment,
            capture_output=True,
            text=True,
            timeout=60,
        )

    return run_tool


BROKEN = [
    ">&-",
    "2>&-",
    "<&- >&- 2>&-",
    "&>/dev/full",
    "> >(true)",
]


@pytest.mark.parametrize("redirected", BROKEN)
def test_the_work_is_done_whatever_becomes_of_the_streams(tool, tmp_path, redirected):
    shown = tool("for _ in range(3000): yield 'much'\n" + MAKE, redirected)
    assert (tmp_path / "made").read_text() == "made"
    assert shown.returncode == 0
    assert "fault" not in shown.stderr
    assert "xception" not in shown.stderr


@pytest.mark.parametrize("redirected", BROKEN)
def test_the_exit_code_tells_of_an_error_that_cannot_be_shown(tool, redirected):
    shown = tool("raise InputError('no such thing')", redirected)
    assert shown.returncode == 2
    assert shown.stderr in ("", "warning: news\ntool.py: no such thing\n")


def test_help_that_cannot_be_shown_is_no_error(tool):
    shown = tool("", "--help >/dev/full")
    assert (shown.returncode, shown.stderr) == (0, "")


def test_a_file_never_gets_the_number_of_a_closed_stream(tool):
    body = "made = open('made', 'w')\nif made.fileno() < 3: raise InputError('taken')"
    assert tool(body, "<&- >&- 2>&-").returncode == 0


def test_what_cannot_be_encoded_is_escaped(tool):
    shown = tool("", LC_ALL="C", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert shown.stdout == "result \\xfc\n"
    assert shown.returncode == 0


def test_lines_of_libraries_are_hidden_unless_asked_for(tool):
    body = "os.write(2, b'libtiff: TIFFAppendToStrip: Write error')"
    assert tool(body).stderr == "warning: news\n"
    assert "libtiff" in tool(body, PHOTOMOSAIC_DEBUG="1").stderr


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGQUIT", "SIGINT"])
def test_signals_that_end_a_process_let_it_tidy_up(tool, tmp_path, name):
    body = f"""from photomosaic.files.writing import replacing
with replacing(Path('made')) as file:
    file.write(b'half')
    os.kill(os.getpid(), signal.{name})"""
    shown = tool(body)
    assert shown.returncode == 130
    assert shown.stderr.endswith("tool.py: stopped; nothing half-done is left behind\n")
    assert [path.name for path in tmp_path.iterdir()] == ["tool.py"]


def test_a_second_signal_of_a_closing_terminal_does_not_stop_the_tidying(tool, tmp_path):
    body = """try:
    os.kill(os.getpid(), signal.SIGHUP)
finally:
    os.kill(os.getpid(), signal.SIGHUP)
    os.kill(os.getpid(), signal.SIGTERM)
    Path('tidied').write_text('')"""
    assert tool(body).returncode == 130
    assert (tmp_path / "tidied").exists()


def test_a_hangup_that_is_ignored_stays_so(tool, tmp_path):
    shown = tool("os.kill(os.getpid(), signal.SIGHUP)\n" + MAKE, before="nohup")
    assert shown.returncode == 0
    assert (tmp_path / "made").exists()


@pytest.mark.parametrize("script", sorted(PROJECT.glob("*.py")), ids=lambda path: path.stem)
def test_every_script_runs_by_way_of_the_console(script):
    assert "    return run(COMMAND, argv)" in script.read_text()
