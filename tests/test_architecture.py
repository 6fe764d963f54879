"""The rooms of the package, and the only arrows between them."""

from __future__ import annotations

import graphlib

import pytest

from tests.support.modules import PATHS, imports

ARROWS = {
    "cli": "batch client local settings display wire util request cover",
    "batch": "client cover request display wire local settings util",
    "client": "cover events request display wire local.service settings util",
    "wire": "cover events request settings util",
    "cover": "request display local.engine local.install util",
    "display": "events util",
    "events": "",
    "request": "util",
    "settings": "util",
    "errors": "util.tracebacks",
    "util": "",
    "local": "local.engine local.service",
    "local.service": "local.engine local.install local.library local.limits local.separators "
    "local.workers wire.messages request settings util",
    "local.library": "local.demo local.engine local.install local.workers util",
    "local.separators": "local.engine local.install util",
    "local.limits": "settings util",
    "local.tls": "util",
    "local.demo": "",
    "local.install": "local.engine local.workers util",
    "local.workers": "util",
    "local.engine": "util",
    "testing": "",
}
"""For each room, what it may import: lazily or not, and in annotations. All may import errors."""

ALLOWED_IN_ANNOTATIONS = {("voiceshift.errors", "voiceshift")}
"""An error carries the partial cover, ``voiceshift.Cover``."""


def room(module: str) -> str:
    """The room that ``module`` lies in."""
    name = module.removeprefix("voiceshift").removeprefix(".")
    while name and name not in ARROWS:
        name = name.rpartition(".")[0]
    return name


def may_import(importer: str, imported: str) -> bool:
    """Whether there is an arrow from one module's room to the other module."""
    name = imported.removeprefix("voiceshift.")
    if room(importer) == room(imported) or name == "errors":
        return True
    if imported == "voiceshift":
        return room(importer) == "cli"  # for the version
    return any(
        name == target or name.startswith(f"{target}.") for target in ARROWS[room(importer)].split()
    )


def test_every_module_lies_in_a_room() -> None:
    """Beside the package itself, which leads to all of them, and ``python -m voiceshift``."""
    roomless = {module for module in PATHS if not room(module)}
    assert roomless == {"voiceshift", "voiceshift.__main__"}


@pytest.mark.parametrize("module", sorted(module for module in PATHS if room(module)))
def test_arrows(module: str) -> None:
    """A module imports only what its room may, lazily and in annotations too."""
    imported = imports(module, annotations=True) & set(PATHS)
    against = {name for name in imported if not may_import(module, name)}
    assert against <= {name for one, name in ALLOWED_IN_ANNOTATIONS if one == module}


def test_no_circles() -> None:
    """Lazy imports and annotations included, but for the one that is allowed."""
    graph = {
        module: {
            name
            for name in imports(module, annotations=True) & set(PATHS)
            if (module, name) not in ALLOWED_IN_ANNOTATIONS and room(module)
        }
        for module in PATHS
    }
    assert set(graphlib.TopologicalSorter(graph).static_order()) == set(PATHS)
