from __future__ import annotations

import argparse
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

import mosaic
from photomosaic.cli.parser import number
from photomosaic.errors import InputError
from photomosaic.options.look import RenderOptions
from photomosaic.ranges import (
    BEST_K,
    MAX_USES,
    RANDOMNESS,
    SCALE,
    SHARE,
    VECTORIZATION_FACTOR,
    Range,
)

REQUIRED = ["--target", "a.jpg", "--codebook-dir", "photos", "--scale", "8"]


@pytest.mark.parametrize(
    ("limits", "text", "value"),
    [
        (SCALE, "8", 8),
        (SHARE, "0", 0),
        (SHARE, "1", 1),
        (RANDOMNESS, "0.999", 0.999),
        (VECTORIZATION_FACTOR, "1", 1),
        (BEST_K, "1", 1),
    ],
)
def test_numbers_within_limits(limits, text, value):
    assert number(limits)(text) == value


@pytest.mark.parametrize(
    ("limits", "text"),
    [
        (SCALE, "0"),
        (SCALE, "-3"),
        (SCALE, "1.5"),
        (SCALE, "eight"),
        (SCALE, "1" + "0" * 400),
        (SCALE, "9" * 5000),
        (SHARE, "-1e999"),
        (SHARE, "1.2"),
        (SHARE, "nan"),
        (RANDOMNESS, "1"),
        (VECTORIZATION_FACTOR, "0"),
        (BEST_K, "0"),
        (Range(0, low_open=True), "inf"),
        (Range(0, low_open=True), "0"),
    ],
)
def test_numbers_outside_are_refused(limits, text):
    with pytest.raises(argparse.ArgumentTypeError, match=str(limits)):
        number(limits)(text)


@given(st.floats(allow_nan=True), st.floats(-5, 5), st.floats(0.1, 9), st.booleans(), st.booleans())
def test_range_is_between_its_ends(value, low, width, low_open, high_open):
    limits = Range(low, low + width, low_open, high_open)
    inside = (low < value or (value == low and not low_open)) and (
        value < low + width or (value == low + width and not high_open)
    )
    assert (value in limits) == (inside and not math.isnan(value))


@pytest.mark.parametrize(
    ("limits", "text"),
    [
        (MAX_USES, "a whole number from 1 up"),
        (SHARE, "a number from 0 to 1"),
        (RANDOMNESS, "a number from 0 to below 1"),
        (VECTORIZATION_FACTOR, "a number above 0 to 1"),
        (Range(0, low_open=True), "a number above 0"),
    ],
)
def test_range_describes_itself(limits, text):
    assert str(limits) == text


def test_defaults_of_the_table():
    options = vars(mosaic.COMMAND.parser().parse_args(REQUIRED))
    expected = {
        "savepath": "media/output/%s-mosaic-scale-%d.jpg",
        "height_aspect": 4,
        "width_aspect": 3,
        "vectorization_factor": 1,
        "metric": "perceptual",
        "best_k": 1,
        "randomness": 0,
        "opacity": 0,
        "tint": 0,
        "crop": "center",
        "seed": 0,
        "recursive": True,
        "trim": True,
        "exclude": [],
        "no_cache": False,
    }
    assert {name: options[name] for name in expected} == expected
    assert options["cache_dir"].name == "cache"
    assert options["workers"] >= 1


def test_the_librarys_defaults_are_the_scripts():
    options = vars(mosaic.COMMAND.parser().parse_args(REQUIRED))
    defaults = RenderOptions()
    for name in ("best_k", "randomness", "opacity", "tint", "seed"):
        assert options[name] == getattr(defaults, name)
    assert options["trim"] is not defaults.cover


def test_every_option_has_a_help_text_and_help_ends_with_an_example(capsys):
    parser = mosaic.COMMAND.parser()
    for action in parser._actions:
        assert action.help, action.option_strings
    with pytest.raises(SystemExit) as stopped:
        parser.parse_args(["--help"])
    assert stopped.value.code == 0
    text = capsys.readouterr().out
    example = text[text.index("example:") :]
    assert "python mosaic.py --target" in example
    assert "default: media/output/%s-mosaic-scale-%d.jpg" in " ".join(text.split())


def test_the_home_of_nobody_is_refused():
    with pytest.raises(InputError, match=r"^--target: ~nosuchuser/a\.jpg: there is no such user"):
        mosaic.COMMAND.parser().parse_args([*REQUIRED, "--target", "~nosuchuser/a.jpg"])


def test_a_line_break_in_an_option_is_shown_escaped():
    with pytest.raises(InputError, match=r"^unknown option --a\\nb"):
        mosaic.COMMAND.parser().parse_args([*REQUIRED, "--a\nb"])


def test_abbreviations_are_refused():
    with pytest.raises(InputError, match="--best"):
        mosaic.COMMAND.parser().parse_args([*REQUIRED, "--best", "3"])
