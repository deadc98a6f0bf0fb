"""What a script shows: log lines and progress on stderr, results on stdout, errors in one line."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Never, TypeVar

from photomosaic.cli.causes import cause_of
from photomosaic.cli.streams import secure_streams
from photomosaic.errors import InputError, PhotomosaicError
from photomosaic.images.names import printable, printable_lines
from photomosaic.progress import Progress, silent

T = TypeVar("T")

DEBUG_VARIABLE = "PHOTOMOSAIC_DEBUG"
INTERRUPTED = 130
TIDYING_SECONDS = 10.0
FAULT = 1

log = logging.getLogger("photomosaic")


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, raised as `InputError`."""

    def error(self, message: str) -> Never:
        """Raise the message, naming the option, as `InputError`."""
        raise InputError(f"{printable(message.removeprefix('argument '))} (see --help)")


def run(
    parser: Parser,
    work: Callable[[argparse.Namespace], None],
    argv: Sequence[str] | None,
    *,
    hide_libraries: bool = True,
) -> int:
    """Parse the options, do the work, and return the exit code.

    Returns 0 on success, 2 for what the user can mend, 130 after Ctrl-C, 1 for a fault of ours. A
    fault is shown in one line, with its traceback if the variable PHOTOMOSAIC_DEBUG is set. What
    cannot be shown, since a stream is closed or full, changes neither the work nor the exit code.
    Lines that libraries and programs write to stderr are hidden, unless `hide_libraries` is false.
    """
    debugging = bool(os.environ.get(DEBUG_VARIABLE))
    secure_streams(hide_libraries=hide_libraries and not debugging)
    _tidy_up_when_stopped()
    try:
        arguments = parser.parse_args(argv)
        _set_up_logging(arguments)
        work(arguments)
    except PhotomosaicError as error:
        return _failed(parser.prog, str(error), error.exit_code)
    except KeyboardInterrupt:
        return _failed(parser.prog, "stopped; nothing half-done is left behind", INTERRUPTED)
    except Exception as error:
        if debugging:
            raise
        if cause := cause_of(error):
            return _failed(parser.prog, cause, PhotomosaicError.exit_code)
        advice = f"set {DEBUG_VARIABLE}=1 for the details"
        fault = f"a fault in this program: {type(error).__name__}: {error} ({advice})"
        return _failed(parser.prog, fault, FAULT)
    return 0


def _failed(name: str, reason: str, exit_code: int) -> int:
    print(printable_lines(f"{name}: {reason}"), file=sys.stderr)
    return exit_code


def _tidy_up_when_stopped() -> None:
    """Let what asks the process to end have the effect of Ctrl-C, so that nothing is left behind.

    That is what `docker stop` sends, and a terminal that is closed.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    asked: list[float] = []

    def stop(number: int, frame: FrameType | None) -> None:
        # A terminal that is closed says so twice, and the tidying is not to be stopped by it.
        if not asked or time.monotonic() - asked[-1] > TIDYING_SECONDS:
            asked.append(time.monotonic())
            signal.default_int_handler(number, frame)

    for name in ("SIGTERM", "SIGHUP", "SIGQUIT"):
        number = getattr(signal, name, None)
        # What is ignored, as with `nohup`, stays so.
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, stop)


@contextmanager
def blaming(option: str, advice: str = "") -> Iterator[None]:
    """Name the option, and the way out, in the `InputError` that the `with` block raises."""
    try:
        yield
    except InputError as error:
        way_out = f"; {advice}" if advice else ""
        raise InputError(f"{option} {error}{way_out}") from error


def progress_for(arguments: argparse.Namespace) -> Progress:
    """Return progress bars on stderr, or nothing with --quiet or where stderr is no terminal."""
    return silent if arguments.quiet or not sys.stderr.isatty() else _bar


def say(arguments: argparse.Namespace, text: str) -> None:
    """Print a result to stdout, unless --quiet is set."""
    if not arguments.quiet:
        print(printable_lines(text))


def _bar(items: Iterable[T], *, total: int, what: str, unit: str) -> Iterable[T]:
    # Loaded here, since it takes longer to load than most warm runs need altogether.
    from tqdm import tqdm

    bar: Iterable[T] = tqdm(
        items, total=total, desc=what, unit=unit, leave=False, dynamic_ncols=True
    )
    return bar


class _LogHandler(logging.StreamHandler):  # type: ignore[type-arg]
    """Writes log lines above a progress bar, if one is shown."""

    def emit(self, record: logging.LogRecord) -> None:
        tqdm = sys.modules.get("tqdm")
        if tqdm is None:
            super().emit(record)
        else:
            tqdm.tqdm.write(self.format(record), file=sys.stderr)


class _Formatter(logging.Formatter):
    """Puts the level before warnings and errors, and escapes what steers a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        text = printable_lines(super().format(record))
        return f"{record.levelname.lower()}: {text}" if record.levelno >= logging.WARNING else text


def _set_up_logging(arguments: argparse.Namespace) -> None:
    handler = _LogHandler(sys.stderr)
    handler.setFormatter(_Formatter())
    log.handlers = [handler]
    log.propagate = False
    level = logging.DEBUG if arguments.verbose else logging.INFO
    log.setLevel(logging.WARNING if arguments.quiet else level)
    # Pillow's remarks on single files; what matters of them is listed with the file.
    warnings.filterwarnings("ignore", module="PIL")
