from __future__ import annotations

import io
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from photomosaic.cli import console
from photomosaic.cli.command import Command
from photomosaic.cli.waiting import WatchedClock
from photomosaic.errors import InputError, OutputError
from photomosaic.options.fields import Options, option
from photomosaic.options.photos import MessageOptions
from photomosaic.progress import silent
from photomosaic.ranges import SEED

PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, kw_only=True)
class ToolGroup(Options):
    count: int | None = option(None, "a count", SEED)


@dataclass(frozen=True, kw_only=True)
class ToolOptions:
    tool: ToolGroup
    messages: MessageOptions


def run(job, words):
    """Run a script of one option with a job that takes its options."""
    command = Command("tool", ToolOptions, "A tool.", "tool.py", lambda options, _: job(options))
    return console.run(command, words)


def nothing(_):
    return []


def failing_with(error):
    def job(_):
        raise error

    return job


def test_success_is_zero():
    assert run(nothing, []) == 0


@pytest.mark.parametrize("error", [InputError("no such thing"), OutputError("no such thing")])
def test_what_the_user_can_mend_is_one_line_and_two(capsys, error):
    assert run(failing_with(error), []) == 2
    assert capsys.readouterr().err == "tool.py: no such thing\n"


def test_a_wrong_option_is_one_line_that_names_it(capsys):
    assert run(nothing, ["--count", "many"]) == 2
    assert (
        capsys.readouterr().err
        == "tool.py: --count: 'many' is not a whole number from 0 up (see --help)\n"
    )


def test_ctrl_c_is_one_line(capsys):
    assert run(failing_with(KeyboardInterrupt()), []) == 130
    assert capsys.readouterr().err.count("\n") == 1


def test_a_fault_is_one_line_unless_asked_for_more(capsys, monkeypatch):
    monkeypatch.delenv("PHOTOMOSAIC_DEBUG")
    assert run(failing_with(ZeroDivisionError("oops")), []) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "ZeroDivisionError: oops" in error
    monkeypatch.setenv("PHOTOMOSAIC_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        run(failing_with(ZeroDivisionError("oops")), [])


def test_log_lines_go_to_stderr_by_loudness(capsys):
    def work(_):
        console.log.debug("detail")
        console.log.info("news")
        console.log.warning("trouble")
        return ["result"]

    run(work, [])
    shown = capsys.readouterr()
    assert shown.out == "result\n"
    assert shown.err == "news\nwarning: trouble\n"
    run(work, ["--quiet"])
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("", "warning: trouble\n")
    run(work, ["--verbose"])
    assert capsys.readouterr().err == "detail\nnews\nwarning: trouble\n"


STEERING = "\x1b]0;title\x07\x9b2J\r\u202egpj"
ESCAPED = r"\x1b]0;title\x07\x9b2J\r\u202egpj"


@pytest.mark.parametrize("words", [[], ["--verbose"]])
def test_nothing_that_is_told_steers_a_terminal(capsys, words):
    def work(_):
        console.log.debug("%s", STEERING)
        console.log.warning("two\nlines %s", STEERING)
        yield f"two\nlines {STEERING}"
        raise InputError(STEERING)

    assert run(work, words) == 2
    shown = capsys.readouterr()
    assert shown.out == f"two\nlines {ESCAPED}\n"
    told = f"{ESCAPED}\n" if words else ""
    assert shown.err == f"{told}warning: two\nlines {ESCAPED}\ntool.py: {ESCAPED}\n"


@pytest.mark.parametrize("words", [["--count", STEERING], [f"--{STEERING}"], [STEERING]])
def test_what_was_typed_does_not_steer_a_terminal(capsys, words):
    assert run(nothing, words) == 2
    assert "\\x1b]0;title" in capsys.readouterr().err.removesuffix("\n").replace("\\\\", "\\")


def test_no_fault_steers_a_terminal(capsys, monkeypatch):
    sys.excepthook(ValueError, ValueError(STEERING), None)
    assert capsys.readouterr().err == f"ValueError: {ESCAPED}\n"
    monkeypatch.delenv("PHOTOMOSAIC_DEBUG")
    assert run(failing_with(ValueError(STEERING)), []) == 1
    assert f"ValueError: {ESCAPED} (" in capsys.readouterr().err


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_shows_on_a_terminal_only(monkeypatch):
    loud, quiet = MessageOptions(), MessageOptions(quiet=True)
    assert console._progress(loud, WatchedClock()) is silent
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    assert console._progress(quiet, WatchedClock()) is silent
    bar = console._progress(loud, WatchedClock())(
        [1, 2, 3], total=3, what="reading photos", unit="photo"
    )
    assert list(bar) == [1, 2, 3]
    assert "reading photos" in terminal.getvalue()
    assert "3/3" in terminal.getvalue() or "0/3" in terminal.getvalue()


@pytest.mark.parametrize("script", sorted(path.name for path in PROJECT.glob("*.py")))
def test_ctrl_c_while_it_is_loaded_is_one_line(script, tmp_path):
    interrupts = "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n"
    (tmp_path / "numpy.py").write_text(interrupts)
    result = subprocess.run(
        [sys.executable, PROJECT / script],
        env={"PYTHONPATH": f"{tmp_path}", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    assert result.stderr == "stopped before anything was done\n"
    assert result.returncode == -signal.SIGINT
