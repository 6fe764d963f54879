"""Configuration of the documentation; build with ``python -m sphinx -n -W docs docs/_build``."""

from __future__ import annotations

import importlib.metadata
import os
import tempfile

# The pages show the voices that come with voiceshift, and none of whoever builds them.
os.environ["XDG_DATA_HOME"] = tempfile.mkdtemp()

project = "voiceshift"
release = importlib.metadata.version("voiceshift")
extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.intersphinx",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
]
exclude_patterns = ["_build", "demo", "discord_bot", "example_project", "web_apps"]
html_theme = "furo"
html_title = f"voiceshift {release}"
copybutton_exclude = ".linenos, .gp, .go"  # prompts and what a command prints
html_static_path = ["_static"]
html_css_files = ["pictures.css"]
html_show_copyright = False  # LICENSE has it
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
python_maximum_signature_line_length = 88  # longer ones have a line for each parameter
autodoc_member_order = "bysource"
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 2
# The tutorial runs again at each build, in a folder of its own; a cell that fails ends the build.
nb_execution_mode = "force"
nb_execution_in_temp = True
nb_execution_raise_on_error = True
nb_output_stderr = "remove"  # such as the advice of a machine without `voiceshift setup`
nb_execution_timeout = 120  # seconds for a cell
# Nothing is looked up in other projects' inventories, so that the build needs no network.
intersphinx_mapping: dict[str, tuple[str, None]] = {}
# Names of the standard library and of packages that are documented elsewhere.
nitpick_ignore_regex = [
    (r"py:.*", r"(attrs|collections|concurrent|os|pathlib|ssl|typing|typing_extensions)\..*"),
    (r"py:.*", r"(Self|Path|Iterator|Callable|Any|BaseException\..*)"),
    (r"py:.*", r"(Event|Executor|SSLContext|pytest\.MonkeyPatch)"),
    (r"py:.*", r"voiceshift\.local\.engine\.(Versatile)?Engine"),
    (r"py:.*", r"(Engine|Separator|Step|CoverStep|voiceshift\.local\.engine\..*Conversion)"),
    (r"py:.*", r"(ValueError|ConnectionError|PermissionError|OSError|RuntimeError|TimeoutError)"),
    (r"py:.*", r"voiceshift\.local\.engine\.vocoder\..*"),  # what a voice holds is the engine's own
    (r"py:.*", r"voiceshift\.testing\.(script\..*|faults\.Stream)"),  # the terms of faults
    (r"py:.*", r"(Exception|None|bool|bytes|float|int|object|str|dict)"),
]
