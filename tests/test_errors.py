from __future__ import annotations

import pytest

from photomosaic.errors import InputError, naming


def test_an_option_is_named_before_the_message_and_advice_after_it():
    expected = r"^--target a\.jpg: is missing; name another$"
    with pytest.raises(InputError, match=expected), naming("--target", "name another"):
        raise InputError("a.jpg: is missing")
