"""The package as a whole: its public names, what importing it costs, and its layers."""

from __future__ import annotations

import ast
import functools
import graphlib
import importlib.metadata
import inspect
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import voiceshift
from tests.support.processes import run_python

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


def import_nodes(node: ast.AST, *, lazy: bool) -> Iterator[ast.Import | ast.ImportFrom]:
    """The imports under ``node`` that run; with ``lazy`` also those inside functions."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.Import, ast.ImportFrom)):
            yield child
        is_function = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef))
        if not is_for_types_only(child) and (lazy or not is_function):
            yield from import_nodes(child, lazy=lazy)


@functools.cache
def imports(module: str, *, lazy: bool = True) -> frozenset[str]:
    """Names of the modules that ``module`` imports."""
    found: set[str] = set()
    for node in import_nodes(ast.parse(PATHS[module].read_text(encoding="utf-8")), lazy=lazy):
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


def importers(name: str) -> set[str]:
    """The modules that import ``name`` or anything in it."""
    return {
        module
        for module in PATHS
        if any(imported == name or imported.startswith(f"{name}.") for imported in imports(module))
    }


# ---- public names


def test_all_is_every_public_name_in_order() -> None:
    """What can be imported is what is meant to be, each name once, sorted."""
    tree = ast.parse(PATHS["voiceshift"].read_text(encoding="utf-8"))
    (for_types,) = (node for node in tree.body if is_for_types_only(node))
    public = {
        alias.name: node.module
        for node in ast.walk(for_types)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert set(voiceshift.__all__) == public.keys() | {"__version__"}
    assert voiceshift.__all__ == sorted(set(voiceshift.__all__))

    for name, module in public.items():
        assert getattr(voiceshift, name) is getattr(importlib.import_module(str(module)), name)


def test_all_names_are_listed() -> None:
    """To a person at a prompt too, before they were used."""
    script = "import voiceshift; print(set(voiceshift.__all__) - set(dir(voiceshift)))"
    assert run_python(script) == "set()\n"


def test_name_is_looked_up_once() -> None:
    """From then on it is an attribute as any other, which a test may replace."""
    assert voiceshift.Client is vars(voiceshift)["Client"]


def test_star_import_gives_all_names() -> None:
    """Also the ones that are made when they are asked for."""
    names: dict[str, object] = {}
    exec("from voiceshift import *", names)
    assert names.keys() >= set(voiceshift.__all__)


def test_version_is_that_of_the_installed_package() -> None:
    """There is one place for it."""
    assert voiceshift.__version__ == importlib.metadata.version("voiceshift")


def test_unknown_name_is_an_attribute_error() -> None:
    """As with any module, and with its name in the message."""
    with pytest.raises(AttributeError, match="'voiceshift' has no attribute 'Cleint'"):
        _ = voiceshift.Cleint  # type: ignore[attr-defined]  # which is the point


@pytest.mark.parametrize("module", sorted(PATHS))
def test_every_module_says_what_it_is_for(module: str) -> None:
    """In the first line of its docstring."""
    docstring = ast.get_docstring(ast.parse(PATHS[module].read_text(encoding="utf-8")))
    assert docstring
    assert docstring.splitlines()[0].endswith(".")


# ---- what importing costs

HEAVY = ("asyncio", "dotenv", "multiprocessing", "numpy", "ssl", "tqdm", "websocket", "websockets")


def test_import_is_light() -> None:
    """What a script may not need is imported when it is needed."""
    script = f"import sys; from voiceshift import *; print(sys.modules.keys() & {set(HEAVY)})"
    assert run_python(script) == "set()\n"


def test_import_of_the_package_alone_is_lighter() -> None:
    """Whoever needs one module of it, as pytest needs the plugin, does not pay for the others."""
    script = "import sys, voiceshift; print([n for n in sys.modules if 'voiceshift.' in n])"
    assert run_python(script) == "[]\n"


def test_import_has_no_effect() -> None:
    """It prints nothing, starts no thread and sets up no logging."""
    script = (
        "import logging, threading\n"
        "from voiceshift import *\n"
        "print(threading.active_count(), logging.root.handlers)"
    )
    assert run_python(script) == "1 []\n"


# ---- layers

CHAIN = ("cli", "commands", "batch", "client", "receiving", "connection", "transport", "messages")
"""From the user to the wire: each may import what follows it, never what comes before it."""


def test_layers_point_one_way() -> None:
    """Nothing imports what is nearer to the user, not even lazily."""
    for place, upper in enumerate(CHAIN):
        above = {module.removeprefix("voiceshift.") for module in importers(f"voiceshift.{upper}")}
        assert not {module.split(".")[0] for module in above} & set(CHAIN[place + 1 :])


def test_no_module_imports_itself_in_a_circle() -> None:
    """Whichever module is imported first, the others can be."""
    graph = {module: imports(module, lazy=False) & set(PATHS) for module in PATHS}
    assert set(graphlib.TopologicalSorter(graph).static_order()) == set(PATHS)


def test_only_transport_knows_websocket_client() -> None:
    """Its traps are passed by in one place."""
    assert importers("websocket") == {"voiceshift.wire.transport"}


def test_nothing_knows_asyncio() -> None:
    """Client and service are blocking code and threads."""
    assert importers("asyncio") | importers("websockets.asyncio") == set()


def test_service_does_not_know_the_client() -> None:
    """They share the protocol, not the code that speaks it."""
    service = {module for module in PATHS if module.startswith("voiceshift.local")}
    assert service
    for name in ("client", "connection", "dialing", "receiving", "transport", "batch", "commands"):
        assert importers(f"voiceshift.{name}") & service == set()


def test_scripted_service_knows_nothing_of_the_package() -> None:
    """It is an independent judge of what the client says."""
    scripted = {module for module in PATHS if module.startswith("voiceshift.testing")}
    assert scripted
    for module in scripted:
        assert imports(module) & set(PATHS) <= scripted


@pytest.mark.parametrize("network", ["socket", "ssl", "websocket", "websockets", "http", "urllib"])
def test_pure_modules_know_no_network(network: str) -> None:
    """Neither the wire's texts nor the making of covers touches a socket."""
    pure = {f"voiceshift.{name}" for name in ("messages", "audio_data", "media", "cover", "errors")}
    assert pure <= set(PATHS)
    engine = {module for module in PATHS if module.startswith("voiceshift.local.engine")}
    assert engine
    assert importers(network) & (pure | engine) == set()
