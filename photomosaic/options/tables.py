"""Tables of options in Markdown, for the manual."""

from __future__ import annotations

from pathlib import Path

from photomosaic.options.fields import OptionField, script_fields, script_presets
from photomosaic.options.photos import CACHE_DIR, CORES


def option_table(options: type, script: str) -> str:
    """Return the options of a script as tables, one under each heading."""
    parts: dict[str, list[str]] = {}
    for heading, field in script_fields(options, script):
        parts.setdefault(heading, []).append(_row(field))
    for heading, preset in script_presets(options):
        parts[heading].append(f"| `{preset.flag}` | {_escaped(preset.help)} | |")
    head = "| option | meaning | default (range) |\n| --- | --- | --- |\n"
    return "\n\n".join(
        f"**{heading[0].upper()}{heading[1:]}**\n\n{head}" + "\n".join(rows)
        for heading, rows in parts.items()
    )


def _row(field: OptionField) -> str:
    rows = [f"| `{_usage(field)}` | {_escaped(field.option.help)} | {_default(field)} |"]
    for alias, (_, text) in field.option.aliases.items():
        rows.append(f"| `{alias}` | {_escaped(text)} | |")
    return "\n".join(rows)


def _usage(field: OptionField) -> str:
    if field.kind is bool:
        switched = field.default is not False
        return f"{field.flag}`, `--no-{field.flag[2:]}" if switched else field.flag
    value = field.option.metavar or ("N" if field.option.limits else field.flag[2:].upper())
    value = value.replace("-", "_")
    return f"{field.flag} {value if field.option.bare is None else f'[{value}]'}"


def _default(field: OptionField) -> str:
    known = " \\| ".join(field.choices)
    if field.option.limits is not None:
        known = _short(str(field.option.limits))
    shown = "required" if field.required else _shown(field.default)
    if field.option.bare is not None:
        shown = f"off; alone: {_shown(field.option.bare)}"
    return f"{shown} ({known})" if known and shown else shown or known


def _shown(value: object) -> str:
    if value is None or value is False or value == ():
        return ""
    if value is CORES:
        return "the number of cores"
    if isinstance(value, Path):
        return "`cache/`" if value == CACHE_DIR else f"`{value}`"
    if value is True:
        return "on"
    return (
        f"{value:g}"
        if isinstance(value, float)
        else f"`{value}`"
        if "%" in str(value)
        else str(value)
    )


def _short(limits: str) -> str:
    return limits.removeprefix("a ").removeprefix("number ").removeprefix("from ")


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("*", "\\*")
