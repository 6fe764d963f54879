"""The package as a whole: its public names, what importing it costs, and its layers."""

from __future__ import annotations

import ast
import importlib.metadata
from typing import NoReturn

import pytest

import voiceshift
from tests.support.modules import PATHS, imports, is_for_types_only
from tests.support.processes import run_python


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


@pytest.mark.parametrize("package", ["voiceshift", "voiceshift.local"])
def test_public_names_are_listed(package: str) -> None:
    """To a person at a prompt, before they were used; and no other."""
    script = (
        f"import {package} as package; listed = set(dir(package))\n"
        "special = {name for name in listed if name.startswith('__')}\n"
        "print(listed - special ^ set(package.__all__) - special)"
    )
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


def test_version_of_a_package_without_metadata(monkeypatch: pytest.MonkeyPatch) -> None:
    """Copied, or in a frozen program."""

    def not_found(name: str) -> NoReturn:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "distribution", not_found)
    assert voiceshift.__version__ == "unknown"


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


# ---- one style

SUPERLATIVES = ("MOST", "LEAST", "LONGEST", "SHORTEST", "LARGEST", "SMALLEST", "HIGHEST", "LOWEST")


@pytest.mark.parametrize("module", sorted(PATHS))
def test_limits_are_called_max_and_min(module: str) -> None:
    """As everywhere in the field."""
    tree = ast.parse(PATHS[module].read_text(encoding="utf-8"))
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert not {name for name in names if name.lstrip("_").split("_")[0] in SUPERLATIVES}


def test_attrs_is_imported_by_name() -> None:
    """``from attrs import frozen``, so that a class is decorated in the same way in each module."""
    importing = [node for path in PATHS.values() for node in ast.walk(ast.parse(path.read_text()))]
    names = {
        alias.name for node in importing if isinstance(node, ast.Import) for alias in node.names
    }
    assert "attrs" not in names


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


def test_only_transport_knows_websocket_client() -> None:
    """Its traps are passed by in one place."""
    assert importers("websocket") == {"voiceshift.wire.transport"}


def test_nothing_knows_asyncio() -> None:
    """Client and service are blocking code and threads."""
    assert importers("asyncio") | importers("websockets.asyncio") == set()


def test_scripted_service_knows_nothing_of_the_package() -> None:
    """It is an independent judge of what the client says."""
    scripted = {module for module in PATHS if module.startswith("voiceshift.testing")}
    assert scripted
    for module in scripted:
        assert imports(module) & set(PATHS) <= scripted


@pytest.mark.parametrize("network", ["socket", "ssl", "websocket", "websockets", "http", "urllib"])
def test_pure_modules_know_no_network(network: str) -> None:
    """Neither the wire's texts nor the making of covers touches a socket."""
    pure = {
        f"voiceshift.{name}"
        for name in ("wire.messages", "wire.segment", "util.audio_format", "cover", "errors")
    }
    assert pure <= set(PATHS)
    engine = {module for module in PATHS if module.startswith("voiceshift.local.engine")}
    assert engine
    assert importers(network) & (pure | engine) == set()
