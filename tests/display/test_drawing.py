"""The picture of a waveform."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from voiceshift.display.drawing import HEIGHT, draw


def test_each_peak_is_a_line_around_the_middle() -> None:
    """As high as the sound is loud; silence is a thin line."""
    path = ET.fromstring(draw([1.0, 0.5, 0.0])).find("path")
    assert path is not None
    strokes = re.findall(r"M([\d.]+) ([\d.]+)v([\d.]+)", path.attrib["d"])
    assert [tuple(map(float, stroke)) for stroke in strokes] == [
        (0.5, 0, HEIGHT),
        (1.5, HEIGHT / 4, HEIGHT / 2),
        (2.5, HEIGHT / 2 - 0.5, 1),
    ]


def test_the_picture_is_as_wide_as_there_are_peaks() -> None:
    """Stretched to the room there is, in the colour of the text, with words for who cannot see."""
    picture = ET.fromstring(draw([0.1] * 7))
    assert picture.attrib["viewBox"] == f"0 0 7 {HEIGHT}"
    assert picture.attrib["aria-label"] == "waveform"
    assert "".join(picture.itertext()) == ""
