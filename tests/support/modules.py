"""The modules of the package, and what each of them imports."""

from __future__ import annotations

import ast
import functools
import inspect
from pathlib import Path
from typing import TYPE_CHECKING

import voiceshift

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCE = Path(inspect.getfile(voiceshift)).parent


def module_name(path: Path) -> str:
    """The name by which the file at ``path`` is imported."""
    parts = path.relative_to(SOURCE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


PATHS = {module_name(path): path for path in sorted(SOURCE.rglob("*.py"))}
"""Every module of the package."""


def is_for_types_only(node: ast.AST) -> bool:
    """Whether ``node`` is ``if TYPE_CHECKING:``."""
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


@functools.cache
def imports(module: str, *, lazy: bool = True, annotations: bool = False) -> frozenset[str]:
    """Names of the modules that ``module`` imports.

    Args:
        module: Its full name.
        lazy: Include what is imported inside functions.
        annotations: Include what is imported for type checkers only.
    """
    found: set[str] = set()
    tree = ast.parse(PATHS[module].read_text(encoding="utf-8"))
    for node in _import_nodes(tree, lazy=lazy, annotations=annotations):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        else:
            assert node.level == 0, f"{module} has a relative import, which this test cannot follow"
            base = node.module or ""
            # `from package import module` imports the module; everything else the base.
            found |= {
                name if (name := f"{base}.{alias.name}") in PATHS else base for alias in node.names
            }
    return frozenset(found)


def _import_nodes(
    node: ast.AST, *, lazy: bool, annotations: bool
) -> Iterator[ast.Import | ast.ImportFrom]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.Import, ast.ImportFrom)):
            yield child
        is_function = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef))
        if (annotations or not is_for_types_only(child)) and (lazy or not is_function):
            yield from _import_nodes(child, lazy=lazy, annotations=annotations)
