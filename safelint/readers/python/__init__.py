"""Python, read with the standard library's `ast` and never run. One module a cause; `parse` is what they share."""

from __future__ import annotations

from safelint.readers.python._module import NAMES, PythonModule, parse

__all__ = ["NAMES", "PythonModule", "parse"]
