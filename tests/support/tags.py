"""The tags of audio files, read by a program that is not ours."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def probed_tags(path: Path) -> dict[str, str]:
    """The tags that ffprobe finds in a file, by their names in small letters."""
    command = ["ffprobe", "-v", "error", "-of", "json", "-show_format", "-show_streams", str(path)]
    found = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    places = [*found["streams"], found["format"]]
    tags = [tag for place in places for tag in place.get("tags", {}).items()]
    return {name.lower(): value for name, value in tags}
