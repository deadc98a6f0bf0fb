from __future__ import annotations

from pathlib import Path

import pytest

import app
from photomosaic.app.forms import LEFT_OUT, LEFT_OUT_HEADINGS, Form
from photomosaic.errors import InputError
from photomosaic.options.fields import flat, script_fields
from photomosaic.options.values import DefaultTemplate

COMMANDS = {script.COMMAND.script: script.COMMAND for script in app.SCRIPTS}
NEEDED = {
    "mosaic": {"target": "t.jpg", "codebook_dir": "photos"},
    "make_gif": {"target": "t.jpg", "codebook_dir": "photos", "min_scale": 1, "max_scale": 900},
    "video": {"target": "t.mp4", "codebook_dir": "photos", "scale": 4},
    "face_montage": {"target_face_dir": "faces", "photos_dir": "photos"},
    "create_gif_from_photos_folder": {"photos_dir": "photos"},
}
TEXTS = {
    "gap_color": "#102030",
    "background": "#102030",
    "print_size": "30x40cm",
    "film_size": "4k",
    "size": "640x480",
    "pin": "1,2=a.jpg\n3,4=b.jpg",
    "scheduler": "local:2",
}
# Each needs another one, or excludes it.
COMPANIONS = {
    "font": {"text": "hi"},
    "mask_fit": {"mask": "m.png"},
    "mirror": {"crop": "center"},
}


def entered(control):
    """Return something else than the default for a control."""
    field = control.field
    if field is None or control.kind in ("switch", "output"):
        return not control.default
    if control.kind == "name":
        return "mine.png"
    if control.kind == "choice":
        return next(each for each in control.choices if each != control.default)
    limits = field.option.limits
    if limits is None:
        return TEXTS.get(control.name, "some thing\nother" if field.several else "some thing")
    low = limits.low + (limits.low_open and 1)
    tried = [low, low + 1, low + (limits.high - low) / 2, 0.25, 0.3]
    return next(each for each in tried if each in limits and each != control.default)


CASES = [(script, control) for script in COMMANDS for control in Form.of(COMMANDS[script]).controls]


@pytest.mark.parametrize("script", COMMANDS)
def test_every_option_is_in_the_form_but_for_those_that_are_left_out(script):
    form = Form.of(COMMANDS[script])
    shown = {control.name for control in form.controls if control.field}
    for heading, field in script_fields(form.command.options, script):
        left_out = field.name in LEFT_OUT or heading in LEFT_OUT_HEADINGS
        assert (field.name in shown) != left_out


def test_what_is_left_out_exists():
    fields = [pair for name, each in COMMANDS.items() for pair in script_fields(each.options, name)]
    assert {field.name for _, field in fields} >= LEFT_OUT
    assert {heading for heading, _ in fields} >= LEFT_OUT_HEADINGS


@pytest.mark.parametrize("script", COMMANDS)
def test_a_form_as_it_is_shown_first_is_the_command_with_its_defaults(script):
    form = Form.of(COMMANDS[script])
    assert form.words(form.defaults) == []
    words = form.words(form.defaults | NEEDED[script])
    assert len(words) == len(NEEDED[script])
    options = form.options(words, {})
    for _, field in script_fields(form.command.options, script):
        if not field.required and field.name not in NEEDED[script]:
            assert flat(options)[field.name] == field.default


@pytest.mark.parametrize(
    ("script", "control"), CASES, ids=[f"{script}{control.flag}" for script, control in CASES]
)
def test_what_is_entered_arrives_as_the_option(script, control):
    form, value = Form.of(COMMANDS[script]), entered(control)
    values = form.defaults | NEEDED[script] | COMPANIONS.get(control.name, {})
    before = flat(form.options(form.words(values), form.outputs(values, Path("/made"))))
    values[control.name] = value
    after = flat(form.options(form.words(values), form.outputs(values, Path("/made"))))
    if control.field is None:
        assert after != before
    elif control.field.option.writes:
        assert str(after[control.name]).startswith("/made/")
    elif control.field.several:
        assert len(after[control.name]) == 2
    elif isinstance(value, str):
        assert str(value) in str(after[control.name]) or after[control.name] != before[control.name]
    else:
        assert after[control.name] == value


def test_outputs_lie_in_one_folder_whatever_its_name():
    form = Form.of(COMMANDS["mosaic"])
    made = form.outputs(form.defaults | {"zoom_page": True}, Path("/100%d %s/x"))
    assert made["savepath"] == "/100%%d %%s/x/%s-mosaic-scale-%d.jpg"
    assert isinstance(made["savepath"], DefaultTemplate)
    assert made["zoom_page"] == Path("/100%d %s/x/page")
    assert "zoom_film" not in made
    for name in ("", ".hidden", "../up.jpg", "a/b.jpg"):
        with pytest.raises(InputError, match="no name of a file"):
            form.outputs(form.defaults | {"savepath": name}, Path("/x"))


@pytest.mark.parametrize("script", COMMANDS)
def test_every_option_that_names_what_is_written_says_so(script):
    for control in Form.of(COMMANDS[script]).controls:
        words = (control.hint.split()[0].lower(), *control.hint.lower().split()[:2])
        if control.kind == "path":
            assert {"save", "write", "make", "also"}.isdisjoint(words), control.flag
