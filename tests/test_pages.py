"""The documentation's notebooks, executed on a real kernel and looked at in a real browser."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter

from tests.support.browser import Browser, find_chromium
from tests.support.homes import make_home
from tests.support.kernels import PATIENCE, environment
from tests.support.tools import needs_tool
from voiceshift.local import Server
from voiceshift.local.demo import SONG
from voiceshift.local.separators import FALLBACK_WARNING

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

DOCS = Path(__file__).parents[1] / "docs"
PAGES = [DOCS / "notebooks.md", *sorted(DOCS.rglob("*.ipynb"))]

CHROMIUM = find_chromium()

CELL = re.compile(r"^```(?:python|\{code-cell\}[^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

LINE = re.compile(
    r"[\w ]+: (\d+%|[\d.]+ [kM]B), \d+:\d\d( left)?(, incomplete)?(\n[\w ]+: .+)?$"
    r"|[\w ]+: no cover \(\d+:\d\d\)$"
    r"|\d+ of \d+ covers(, \d+ failed(\n[\w ]+ - \w+: .+)+)?$"  # many covers
    r"|Unknown Song: there is no song called 'Unknown Song'"  # an outcome without a cover
)

DURATION = """
new Promise((resolve, reject) => {
  const player = document.querySelector("audio");
  player.onerror = () => reject(player.error.message);
  player.onloadedmetadata = () => resolve(player.duration);
  player.load();
})
"""

PLAYED = """
new Promise((resolve, reject) => {
  const player = document.querySelector("audio");
  player.ontimeupdate = () => player.currentTime > 0.2 && resolve(player.currentTime);
  player.play().catch(reject);
})
"""

VISIBLE = """
(() => {
  const picture = document.querySelector("svg[aria-label=waveform]");
  const style = (element) => getComputedStyle(element);
  return {
    width: picture.getBoundingClientRect().width,
    stroke: style(picture.querySelector("path")).stroke,
    text: style(picture.parentElement).color,
    page: style(document.body).backgroundColor,
  };
})()
"""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """In place of the hosted one, with the song that the examples ask it for."""
    songs = tmp_path_factory.mktemp("songs")
    (songs / "Amazing Grace.ogg").write_bytes(Path(SONG).read_bytes())
    with Server(songs=songs) as server:
        yield server


@pytest.fixture(scope="module", params=PAGES, ids=lambda path: path.name)
def notebook(
    request: pytest.FixtureRequest,
    service: Server,
    tmp_path_factory: pytest.TempPathFactory,
    learned_voices: Path,
) -> Any:
    """A page as a notebook, executed from its first cell to its last."""
    notebook = read(request.param)
    folder = make_home(tmp_path_factory.mktemp("notebook"), learned_voices)
    client = NotebookClient(
        notebook,
        timeout=int(PATIENCE),
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
    )
    settings = {"VC_URI": service.uri, "VC_TOKEN": service.token, "PYTHONWARNINGS": "default"}
    client.execute(env=environment(folder, **settings))
    return notebook


def read(page: Path) -> Any:
    """A notebook; of a page in Markdown the Python blocks are its cells."""
    if page.suffix == ".ipynb":
        return nbformat.read(page, as_version=4)
    cells = CELL.findall(page.read_text(encoding="utf-8"))
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])


def outputs(notebook: Any) -> list[Any]:
    """What all its cells show."""
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


def test_every_cell_shows_what_it_should(notebook: Any) -> None:
    """A cover with waveform and player, lines that say how it ended, and no other warning."""
    said = {output["text"] for output in outputs(notebook) if output.get("name") == "stderr"}
    assert said <= {f"voiceshift: {FALLBACK_WARNING}\n"}
    shown = [output.get("data", {}).get("text/html", "") for output in outputs(notebook)]
    assert any("<svg" in html and "<audio" in html for html in shown)
    lines = [
        output.data["text/plain"]
        for output in outputs(notebook)
        if output.output_type == "display_data" and "text/html" not in output.data
    ]
    assert lines
    for line in lines:
        assert LINE.match(line)


@needs_tool("Chromium", CHROMIUM)
def test_the_player_plays_in_a_browser(notebook: Any, tmp_path: Path) -> None:
    """Its length is known, it plays, and the waveform has the colour of the page's text."""
    with Browser(CHROMIUM or "", tmp_path / "profile") as browser:
        for theme in ("light", "dark"):
            page = tmp_path / f"{theme}.html"
            page.write_text(as_html(notebook, theme), encoding="utf-8")
            browser.open(page.as_uri())
            assert browser.evaluate(DURATION) == pytest.approx(12.27, abs=0.1)
            assert browser.evaluate(PLAYED) > 0
            visible = browser.evaluate(VISIBLE)
            assert visible["width"] > 300
            assert visible["stroke"] == visible["text"] != visible["page"]
            browser.screenshot(page.with_suffix(".png"))
            assert page.with_suffix(".png").read_bytes().startswith(b"\x89PNG")


def as_html(notebook: Any, theme: str) -> str:
    """The page that JupyterLab's styles make of a notebook, with nothing from the network."""
    exporter = HTMLExporter(theme=theme, mathjax_url="", require_js_url="", jquery_url="")
    html: str = exporter.from_notebook_node(notebook)[0]
    return html
