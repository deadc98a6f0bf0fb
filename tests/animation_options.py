"""Options that both scripts of animations refuse, and how."""

from __future__ import annotations

BAD_ANIMATION_OPTIONS = [
    (["--fps=51"], "--fps: 51 is not a number from 0.01 to 50"),
    (["--fps=0"], "--fps: 0 is not"),
    (["--fps=nan"], "--fps"),
    (["--fps=fast"], "--fps: 'fast' is not"),
    (["--colors=1"], "--colors: 1 is not a whole number from 2 to 256"),
    (["--colors=257"], "--colors: 257 is not"),
    (["--lossy=-1"], "--lossy: -1 is not"),
    (["--lossy=1001"], "--lossy: 1001 is not"),
    (["--hold=-1"], "--hold: -1 is not"),
    (["--hold=601"], "--hold: 601 is not"),
    (["--savepath="], "--savepath"),
    (["--savepath=a.avi"], "--savepath a.avi: animations are written as gif, mp4, webp, png"),
    (["--savepath=a.jpg"], "--savepath a.jpg"),
    (["--savepath=noextension"], "--savepath noextension"),
    (["--savepath=a.mp4", "--colors=64"], "--colors needs a --savepath of .gif"),
    (["--savepath=a.PNG", "--lossy=0"], "--lossy needs a --savepath of .gif"),
    (["--savepath=a.webp", "--no-optimize"], "--no-optimize needs a --savepath of .gif"),
    (["--savepath=a.mp4", "--optimize"], "--optimize needs a --savepath of .gif"),
    (["--no-optimize", "--lossy=80"], "--lossy needs --optimize"),
]


def assert_refused(run, options, named, folder):
    """Check that a script refuses options in one line, before anything is written."""
    before = sorted(folder.rglob("*"))
    code, told, errors = run(*options)
    assert (code, told) == (2, "")
    assert errors.count("\n") == 1
    assert named in errors
    assert sorted(folder.rglob("*")) == before, "refused before anything was written"
