"""How a module of this package is run in a Python process of its own."""

from __future__ import annotations

import sys
from pathlib import Path

__all__ = ["python_command"]

# Not `-m voiceshift`: that looks in the working directory first, where a user's own script may well
# be called voiceshift.py. The folder of this very package takes that place instead.
SCRIPT = """
import importlib, sys
sys.path[0] = sys.argv.pop(1)
sys.exit(importlib.import_module(sys.argv.pop(1)).main())
"""


def python_command(module: str, *arguments: str) -> list[str]:
    """The command line that runs ``main()`` of a module of this package.

    Args:
        module: Its full name.
        *arguments: What it finds in ``sys.argv``.
    """
    package_folder = str(Path(__file__).parents[2])
    return [sys.executable, "-c", SCRIPT, package_folder, module, *arguments]
