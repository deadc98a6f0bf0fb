"""Music for a film that has no sound."""

from __future__ import annotations

from pathlib import Path

from photomosaic import __version__
from photomosaic.errors import InputError, OutputError
from photomosaic.files.names import printable
from photomosaic.files.regular import check_regular
from photomosaic.images.own_output import SOFTWARE
from photomosaic.video.ffmpeg import FORMATS, running
from photomosaic.video.sound import AAC

# What holds sound alone; playlists, which name other files to open, are not among them.
_FORMATS = f"{FORMATS},mp3,wav,w64,aiff,flac,aac,ogg,caf,ac3,eac3,wv,ape,tta,amr"
_INPUT = ("-protocol_whitelist", "file", "-format_whitelist", _FORMATS)
# Seconds in which the music begins, and those in which it ends, if the film is long enough.
_FADE_IN, _FADE_OUT = 0.5, 3.0


def check_music(path: Path) -> None:
    """Raise `InputError` if a file has no sound that can be decoded; the message names it."""
    name = printable(path)
    try:
        check_regular(path)
    except OSError as error:
        raise InputError(f"{name}: cannot be read: {error.strerror}") from error
    arguments = [*_INPUT, "-i", f"file:{path}", "-map", "0:a:0", "-t", "1"]
    with running([*arguments, "-ac", "1", "-f", "s16le", "pipe:1"]) as ffmpeg:
        assert ffmpeg.process.stdout is not None  # noqa: S101 (it has a pipe unless it is fed)
        sound = ffmpeg.process.stdout.read()
        failed, cause = ffmpeg.process.wait(), ffmpeg.complaint()
    if "matches no streams" in cause:
        raise InputError(f"{name}: has no sound")
    if failed or not sound:
        raise InputError(f"{name}: holds no sound that can be decoded ({cause or 'it is empty'})")


def with_music(film: Path, music: Path, seconds: float, path: Path) -> None:
    """Write an MP4 file of a film's picture and of music, faded in and out.

    Music that is longer is cut, and what is shorter is repeated.

    Parameters
    ----------
    film : Path
        An MP4 file of this toolkit.
    music : Path
        A file that `check_music` accepts.
    seconds : float
        Length of the film.
    path : Path

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    fade_in, fade_out = min(_FADE_IN, seconds / 4), min(_FADE_OUT, seconds / 2)
    end = seconds - fade_out
    fades = f"afade=t=in:d={fade_in:.6f},afade=t=out:st={end:.6f}:d={fade_out:.6f}"
    arguments = ["-i", f"file:{film}", "-stream_loop", "-1", *_INPUT, "-i", f"file:{music}"]
    arguments += ["-map", "0:v", "-map", "1:a:0", "-c:v", "copy", *AAC, "-ac", "2", "-af", fades]
    arguments += ["-map_metadata", "-1", "-map_chapters", "-1"]
    arguments += ["-metadata", f"comment={SOFTWARE} {__version__}"]
    arguments += ["-fflags", "+bitexact", "-flags:a", "+bitexact", "-t", f"{seconds:.6f}"]
    arguments += ["-movflags", "+faststart", "-f", "mp4", f"file:{path}"]
    with running(arguments) as ffmpeg:
        if ffmpeg.process.wait():
            raise OutputError(f"the music could not be added: ffmpeg: {ffmpeg.complaint()}")
