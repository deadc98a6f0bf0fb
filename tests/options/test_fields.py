from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import pytest

from photomosaic import ranges
from photomosaic.cli.parser import options_of, script_parser
from photomosaic.errors import InputError
from photomosaic.options.fields import Options, flat, option, own_fields, script_fields
from photomosaic.options.look import RenderOptions
from photomosaic.options.mosaic import MosaicOptions
from photomosaic.options.scripts import BY_SCRIPT
from photomosaic.options.tables import option_table
from photomosaic.project.settings import kept_fields


@dataclass(frozen=True, kw_only=True)
class GlowingOptions(RenderOptions):
    """A copy of the look options with one more."""

    glow: float = option(0.2, "how brightly tiles shine", ranges.SHARE, in_project=True)


@dataclass(frozen=True, kw_only=True)
class GlowingMosaicOptions(MosaicOptions):
    look: GlowingOptions


WORDS = ["--target", "a.jpg", "--codebook-dir", "photos", "--scale", "8"]


def test_one_more_field_is_an_option_a_setting_of_projects_and_a_row_of_the_table():
    parser = script_parser(GlowingMosaicOptions, "mosaic", "Make.", "x")
    options = options_of(GlowingMosaicOptions, parser.parse_args([*WORDS, "--glow", "0.7"]))
    assert options.look.glow == 0.7
    assert options_of(GlowingMosaicOptions, parser.parse_args(WORDS)).look.glow == 0.2
    with pytest.raises(InputError, match=r"--glow: 2 is not a number from 0 to 1"):
        parser.parse_args([*WORDS, "--glow", "2"])
    assert "glow" in kept_fields(GlowingMosaicOptions)
    assert "| `--glow N` | how brightly tiles shine | 0.2 (0 to 1) |" in option_table(
        GlowingMosaicOptions, "mosaic"
    )


@pytest.mark.parametrize(("script", "options"), BY_SCRIPT.items())
def test_options_are_what_their_parser_makes_of_no_more_than_is_required(script, options):
    required = [field for _, field in script_fields(options, script) if field.required]
    words = [word for field in required for word in (field.flag, "8")]
    parsed = options_of(options, script_parser(options, script, "x", "x").parse_args(words))
    for _, field in script_fields(options, script):
        value = flat(parsed)[field.name]
        assert str(value) == "8" if field.required else value == field.default


def test_a_script_does_not_take_what_is_for_others():
    names = {field.name for _, field in script_fields(BY_SCRIPT["video"], "video")}
    assert "min_spacing" in names
    assert not names & {"max_uses", "dither", "trim"}


@dataclass(frozen=True, kw_only=True)
class Sample(Options):
    heading: ClassVar[str] = "sample"

    size: int | None = option(None, "a size", ranges.PIXELS)
    way: Literal["up", "down"] = option("up", "a way")
    names: tuple[str, ...] = option((), "names")
    plain: int = 3


def test_fields_are_read_with_their_types():
    size, way, names = own_fields(Sample)
    assert (size.flag, size.kind, size.default) == ("--size", int, None)
    assert way.choices == ("up", "down")
    assert names.several
    assert not size.required


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"size": 1}, "--size: 1 is not a whole number from 2 to 65,500"),
        ({"way": "left"}, "--way: 'left' is not one of up, down"),
    ],
)
def test_values_are_checked_without_a_parser_too(wrong, message):
    with pytest.raises(InputError, match=f"^{message}$"):
        Sample(**wrong)


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("--codebok-dir", "--codebook-dir"),
        ("--save-path", "--savepath"),
        ("--bestk=3", "--best-k"),
        ("--qwxyz", None),
    ],
)
def test_a_misspelt_option_is_answered_with_what_was_meant(word, meant):
    parser = script_parser(MosaicOptions, "mosaic", "x", "x")
    with pytest.raises(InputError) as caught:
        parser.parse_args([*WORDS, word])
    text = str(caught.value)
    assert text.startswith(f"unknown option {word.partition('=')[0]}")
    assert (f"did you mean {meant}?" in text) if meant else ("did you mean" not in text)
