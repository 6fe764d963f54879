"""Files are looked for wherever pip is set up to look."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.support.file_server import FileServer
from voiceshift.local.package_index import PackageIndex

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAME = "weights-1.0-py3-none-any.whl"


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """None of the developer's."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)


@pytest.fixture
def server() -> Iterator[FileServer]:
    """An index."""
    with FileServer(NAME, b"content") as server:
        yield server


def addresses() -> list[str]:
    """Where the file may be."""
    return list(PackageIndex().addresses("weights", NAME))


def test_index_of_the_environment(server: FileServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its page is read, and the link is one to the file as it stands, without the hash."""
    monkeypatch.setenv("PIP_INDEX_URL", f"{server.index}/")
    assert addresses() == [server.address]


def test_index_of_a_file_with_settings(
    server: FileServer, closed_port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As most people have it, with a further one."""
    config = tmp_path / "pip.conf"
    nobody = f"http://127.0.0.1:{closed_port}/simple"
    indexes = f"index-url = {nobody}\nextra-index-url = {server.index}\n"
    config.write_text(f"[global]\n{indexes}", encoding="utf-8")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(config))
    assert addresses() == [server.address]


def test_file_called_pip_is_not_pip(
    server: FileServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whatever lies in the user's folder, it is not run."""
    (tmp_path / "pip.py").write_text("open('was-run', 'w').close()", encoding="utf-8")
    monkeypatch.setenv("PIP_INDEX_URL", server.index)
    assert addresses() == [server.address]
    assert not (tmp_path / "was-run").exists()


def test_folders_come_first(
    server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is on this machine need not be fetched."""
    (tmp_path / NAME).touch()
    monkeypatch.setenv("PIP_FIND_LINKS", f"{tmp_path}/nowhere {tmp_path}")
    monkeypatch.setenv("PIP_INDEX_URL", server.index)
    assert addresses() == [(tmp_path / NAME).as_uri(), server.address]


def test_index_in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its page is the file ``index.html``, as for pip."""
    page = tmp_path / "weights" / "index.html"
    page.parent.mkdir()
    page.write_text(f'<a href="../{NAME}">{NAME}</a><a href="other">other</a>', encoding="utf-8")
    monkeypatch.setenv("PIP_INDEX_URL", tmp_path.as_uri())
    assert addresses() == [(tmp_path / NAME).as_uri()]


def test_no_index_is_asked_where_none_may_be(
    server: FileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``no-index`` counts more than any index."""
    monkeypatch.setenv("PIP_INDEX_URL", server.index)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    assert addresses() == []


@pytest.mark.parametrize(
    "index",
    ["http://127.0.0.1:{port}/simple", "nonsense", "http://[nonsense/simple", "file:///nowhere"],
)
def test_index_that_is_not_there_has_nothing(
    index: str, closed_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is wrong with it; pip will say it."""
    monkeypatch.setenv("PIP_INDEX_URL", index.format(port=closed_port))
    assert addresses() == []


def test_secrets_are_left_to_pip(server: FileServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address with a password is not opened."""
    monkeypatch.setenv("PIP_INDEX_URL", server.index.replace("//", "//user:password@"))
    assert addresses() == []
