"""Every option of every script, once.

Each field declared with `option` is one: its default, help, range, and the scripts that take it.
The parsers, the range checks, the settings of project files, the sliders of the explorers and the
tables of the manual are made from these fields; `fields.py` reads them.
"""
