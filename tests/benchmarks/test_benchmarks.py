"""The benchmarks measure what they say: every contender receives the right audio. No speed here."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from attrs import evolve
from jupyter_core.utils import ensure_event_loop

from tests.benchmarks.__main__ import BENCHMARKS, main
from tests.benchmarks.chart import as_svg
from tests.benchmarks.contender import percentiles
from tests.benchmarks.goals import Goal, at_most
from tests.benchmarks.libraries import LIBRARIES
from tests.benchmarks.processes import Contender, Laboratory
from tests.benchmarks.report import as_json, as_table, read_json
from tests.benchmarks.results import TIMES, Figure, Results
from tests.benchmarks.rounds import Effort, Rounds, interleave
from tests.benchmarks.service import Paced, Replay, Silent
from tests.benchmarks.wire import (
    CJK_TITLE,
    KIB,
    MIB,
    Plan,
    placements,
    read_stamp,
    segment_frames,
    segments,
    stamp_text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
TINY = Effort(
    rounds=1, audio=256 * KIB, memory_audio=256 * KIB, messages=3, seconds=0.2, is_quick=True
)
PLAN = Plan(size=100 * KIB, segment_size=32 * KIB)
FIGURE = Figure("throughput", "small", "slow ÷ ours", TIMES, (2.0, 4.0, 3.0))


@pytest.fixture(scope="module", autouse=True)
def event_loop_of_jupyter() -> None:
    """Make the one that it keeps as long as the process lives: it would look like a leak."""
    ensure_event_loop()


@pytest.fixture
def laboratory() -> Iterator[Laboratory]:
    """Services and contenders."""
    with Laboratory() as laboratory:
        yield laboratory


@pytest.fixture
def results() -> Results:
    """Results of two contenders in one case."""
    measurements = {
        "slow": [{"size": 2**20, "seconds": 2.0, "cpu": 2.0}],
        "ours & fast": [{"size": 2**20, "seconds": 2.0, "cpu": 0.5}],
    }
    results = Results([FIGURE, evolve(FIGURE, measure="with goal", goal=Goal(5, is_floor=True))])
    results.keep("throughput", "small <case>", measurements)
    return results


def timings(*seconds: float, cpu: float = 1.0) -> list[dict[str, float]]:
    """Measurements of one contender, and the share of the time that it computed."""
    return [{"size": 1, "seconds": each, "cpu": each * cpu} for each in seconds]


# ---- the wire


def test_segments_are_the_plan() -> None:
    """The segments are as long as planned, and the last one says so."""
    lengths = [(len(audio), is_final) for audio, is_final in segments(PLAN)]
    assert lengths == [(32 * KIB, False)] * 3 + [(4 * KIB, True)]


def test_segments_are_the_same_each_time() -> None:
    """Two processes that make a cover make the same one."""
    assert list(segments(PLAN)) == list(segments(PLAN))


@pytest.mark.parametrize("title", [PLAN.title, CJK_TITLE])
def test_placements_are_where_the_audio_is(title: str) -> None:
    """The base64 lies in the frames where the limit expects it."""
    plan = evolve(PLAN, title=title)
    for (audio, is_final), place in zip(segments(plan), placements(plan), strict=True):
        frame = segment_frames(title, audio, is_final=is_final)
        assert len(frame) == place.frame_size
        text = frame[place.start : place.start + place.size]
        assert base64.b64decode(text, validate=True) == audio


def test_stamps_come_back() -> None:
    """A time stamp at the beginning of the audio is read as it was written."""
    assert read_stamp(base64.b64decode(stamp_text(123_456_789) + b"QUJD")) == 123_456_789


# ---- services and contenders


@pytest.mark.slow
@pytest.mark.parametrize("to_file", [False, True])
@pytest.mark.parametrize("library", [name for name in LIBRARIES if "recv_data" not in name])
def test_contender_receives_the_cover(laboratory: Laboratory, library: str, to_file: bool) -> None:
    """Every contender gets the right audio; the laboratory would raise where it is another."""
    measured = laboratory.run(Contender(library, Replay(PLAN)), "cover", to_file=to_file)
    checksum = hashlib.sha256(b"".join(audio for audio, _ in segments(PLAN)))
    assert measured["checksum"] == checksum.hexdigest()
    assert measured["seconds"] > 0


@pytest.mark.slow
@pytest.mark.parametrize("library", ["limit", "voiceshift", "websockets.sync"])
def test_contender_over_tls(laboratory: Laboratory, library: str) -> None:
    """Contenders verify the service's certificate and receive over TLS."""
    laboratory.run(Contender(library, Replay(PLAN), tls=True), "cover", to_file=False)


@pytest.mark.slow
def test_contender_receives_fragments(laboratory: Laboratory) -> None:
    """A cover in fragments arrives whole."""
    behaviour = Replay(evolve(PLAN, fragment_size=KIB))
    laboratory.run(Contender("voiceshift", behaviour), "cover", to_file=False)


@pytest.mark.slow
def test_laboratory_refuses_other_audio(laboratory: Laboratory) -> None:
    """Where a contender receives other audio than was planned, there is no measurement."""
    contender = Contender("websockets.sync", Paced(Plan(48, 48), interval=0.01))
    with pytest.raises(RuntimeError, match="other audio"):
        laboratory.run(contender, "cover", to_file=False)


@pytest.mark.slow
def test_laboratory_tells_of_a_contender_that_fails(
    laboratory: Laboratory, capfd: pytest.CaptureFixture[str]
) -> None:
    """A contender whose process fails ends the run; its own words are on standard error."""
    contender = Contender("no such library", Replay(Plan(48, 48)))
    with pytest.raises(RuntimeError, match="failed"):
        laboratory.run(contender, "cover", to_file=False)
    assert "no such library" in capfd.readouterr().err


@pytest.mark.parametrize("fast", [True, False])
def test_fast_extra_can_be_blocked(fast: bool) -> None:
    """Where ``fast`` is blocked, the client decodes with the standard library."""
    script = (
        "import sys\n"
        "from tests.benchmarks.contender import block_fast_extra\n"
        f"{'pass' if fast else 'block_fast_extra()'}\n"
        "import voiceshift.audio_data\n"
        "print(sys.modules.get('pybase64') is not None)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ran.stdout == f"{fast}\n"


@pytest.mark.slow
def test_stalled_consumer(laboratory: Laboratory) -> None:
    """A consumer that stands still until the service's ping was answered loses nothing."""
    contender = Contender("voiceshift", Replay(PLAN, ping_timeout=60))
    assert laboratory.run_stalled(contender)["memory"] < 16 * MIB


@pytest.mark.slow
def test_stalled_consumer_that_answers_no_ping(laboratory: Laboratory) -> None:
    """A contender that reads only when its consumer does cannot answer, and is not measured."""
    contender = Contender("limit", Replay(PLAN, ping_timeout=1))
    with pytest.raises(RuntimeError, match="stood still"):
        laboratory.run_stalled(contender)


@pytest.mark.slow
@pytest.mark.parametrize(
    "library",
    [
        "websocket-client, recv_data",
        "websocket-client, recv_data in a thread",
        "websockets",
        "voiceshift",
        "voiceshift, on_event",
    ],
)
def test_lag(laboratory: Laboratory, library: str) -> None:
    """The lag of a message is positive and less than the test takes, in microseconds."""
    start = time.monotonic()
    measured = laboratory.run(Contender(library, Paced(Plan(480, 48), interval=0.001)), "lag")
    assert 0 < measured["p50"] <= measured["p99"] < (time.monotonic() - start) * 1e6


@pytest.mark.slow
@pytest.mark.parametrize("library", ["websockets", "limit", "voiceshift"])
def test_first_audio(laboratory: Laboratory, library: str) -> None:
    """Several covers in a row are asked for on one connection."""
    contender = Contender(library, Replay(Plan(48, 48)))
    measured = laboratory.run(contender, "first_audio", times=5)
    assert 0 < measured["p50"] <= measured["p99"]


@pytest.mark.slow
@pytest.mark.parametrize("library", ["websockets", "websockets.sync", "limit", "voiceshift"])
def test_paced_covers(laboratory: Laboratory, library: str) -> None:
    """Several covers arrive at once in one process."""
    contender = Contender(library, Paced(Plan(4 * KIB, KIB), interval=0.02, clients=3))
    measured = laboratory.run(contender, "paced", clients=3)
    assert 0 < measured["p50"] <= measured["p99"]


@pytest.mark.slow
@pytest.mark.parametrize("while_receiving", [False, True])
def test_close(laboratory: Laboratory, while_receiving: bool) -> None:
    """A close waits for a silent service as long as it was told to, and ends."""
    contender = Contender("voiceshift", Silent(answers_close=False), close_timeout=0.2)
    measured = laboratory.run(contender, "close", while_receiving=while_receiving)
    assert measured["seconds"] >= 0.2
    assert not measured["hangs"]


@pytest.mark.slow
def test_close_that_hangs(laboratory: Laboratory) -> None:
    """A close that does not end is given up and reported, not waited for."""
    library = "websocket-client, skip_utf8_validation"
    contender = Contender(library, Silent(answers_close=False), close_timeout=0.2)
    assert laboratory.run(contender, "close", while_receiving=True)["hangs"]


# ---- rounds and figures


def test_odd_rounds_go_backwards() -> None:
    """Contenders take turns, in the reversed order in odd rounds."""
    contenders = {name: Contender(name, Silent(answers_close=True)) for name in ("a", "b")}
    order = []

    def run(contender: Contender) -> dict[str, float]:
        order.append(contender.library)
        return {"seconds": len(order)}

    rounds = interleave(contenders, 3, run)
    assert order == ["a", "b", "b", "a", "a", "b"]
    assert rounds.values("a", "seconds") == (1, 4, 5)


def test_ratios_are_within_rounds() -> None:
    """A ratio compares what was measured in the same round."""
    rounds = Rounds({"a": timings(2.0, 9.0), "b": timings(1.0, 3.0)})
    assert rounds.ratio("a", "b") == (2.0, 3.0)
    assert rounds.difference("a", "b", "seconds") == (1.0, 6.0)


def test_ratio_is_of_the_time_for_each_byte() -> None:
    """Who received twice as much in the same time was twice as fast."""
    twice = [{**timings(2.0)[0], "size": 2}]
    assert Rounds({"a": timings(2.0), "b": twice}).ratio("a", "b") == (2.0,)


@pytest.mark.parametrize(("cpu", "verdict"), [(0.9, "pass"), (0.1, "void")])
def test_who_waited_is_not_compared(cpu: float, verdict: str) -> None:
    """Where a contender computed little of the time, the ratio is void."""
    rounds = Rounds({"a": timings(2.0), "b": timings(1.0, cpu=cpu)})
    assert rounds.compare("", "", "a", "b", Goal(2, is_floor=True)).verdict == verdict


@pytest.mark.parametrize(
    ("goal", "verdict"),
    [
        (Goal(3, is_floor=True), "pass"),
        (Goal(3.1, is_floor=True), "short"),
        (Goal(3, is_floor=False), "pass"),
        (Goal(2.9, is_floor=False), "short"),
        (None, ""),
    ],
)
def test_verdict_is_the_medians(goal: Goal | None, verdict: str) -> None:
    """It is the median that has to keep the bound."""
    assert evolve(FIGURE, goal=goal).verdict == verdict


def test_percentiles() -> None:
    """The nearest rank: of a hundred values, one is above the 99th percentile."""
    assert percentiles([float(value) for value in range(100, 0, -1)]) == {"p50": 50, "p99": 99}


# ---- the report


def test_table_has_every_figure(results: Results) -> None:
    """A line for each figure, with median, spread, goal and verdict."""
    table = as_table(results)
    assert "slow ÷ ours" in table
    assert f"3 {TIMES}" in table
    assert "2 to 4" in table
    assert "≥ 5" in table
    assert "0 pass, 1 short, 0 void" in table


def test_json_has_everything(results: Results) -> None:
    """JSON has the figures, the rounds, and what was measured with."""
    content = json.loads(as_json(results))
    assert [figure["verdict"] for figure in content["figures"]] == ["", "short"]
    assert content["measurements"] == results.measurements
    assert content["environment"]["packages"]["websockets"]


def test_json_can_be_read_again(results: Results) -> None:
    """Figures, goals and rounds are the same; added to others they stand beside them."""
    again = read_json(as_json(results))
    assert again == results
    other = Results([FIGURE])
    other.keep("throughput", "large", {})
    other.add(again)
    assert other.figures == [FIGURE, *results.figures]
    assert list(other.measurements["throughput"]) == ["large", "small <case>"]


def test_chart_is_well_formed(results: Results) -> None:
    """The SVG parses, has a bar for each contender, and the faster one's is longer."""
    root = ET.fromstring(as_svg(results))
    svg = "{http://www.w3.org/2000/svg}"
    bars = [float(bar.attrib["width"]) for bar in root.iter(f"{svg}rect")][1:]  # not the background
    texts = [text.text for text in root.iter(f"{svg}text")]
    assert texts[:1] + texts[1::2] == ["small <case>", "slow", "ours & fast"]
    assert bars[1] == pytest.approx(4 * bars[0], rel=0.01)


# ---- the command


@pytest.mark.slow
@pytest.mark.parametrize("name", BENCHMARKS)
def test_benchmark_runs(laboratory: Laboratory, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each benchmark, made tiny, comes to figures; most compare them with goals."""
    monkeypatch.setattr("tests.benchmarks.pacing.PACED_CLIENTS", {True: 2, False: 2})
    results = Results()
    BENCHMARKS[name](laboratory, TINY, results)
    assert name in ("conditions", "stages") or any(figure.goal for figure in results.figures)
    assert {figure.benchmark for figure in results.figures} == {name}
    json.loads(as_json(results))


@pytest.mark.slow
def test_command_writes_the_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command prints the table, writes JSON and chart; its status tells of a shortfall."""
    monkeypatch.setattr("tests.benchmarks.__main__.QUICK", TINY)
    monkeypatch.setattr("tests.benchmarks.closing.CLOSE", at_most(0))
    chart, numbers = tmp_path / "chart.svg", tmp_path / "numbers.json"
    status = main(["--quick", "--json", str(numbers), "--svg", str(chart), "closing"])
    assert "closing: idle" in capsys.readouterr().out
    assert json.loads(numbers.read_text(encoding="utf-8"))["figures"]
    assert ET.fromstring(chart.read_text(encoding="utf-8")).tag.endswith("svg")
    assert status == 1


def test_ctrl_c_shows_what_was_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The cases before it are not lost."""

    def measure(_: Laboratory, __: Effort, results: Results) -> None:
        results.figures.append(FIGURE)
        raise KeyboardInterrupt

    monkeypatch.setitem(BENCHMARKS, "closing", measure)
    main(["closing"])
    assert FIGURE.measure in capsys.readouterr().out


def test_command_knows_its_benchmarks(capsys: pytest.CaptureFixture[str]) -> None:
    """An unknown name is refused, and the known ones are named."""
    with pytest.raises(SystemExit):
        main(["speed"])
    assert "throughput" in capsys.readouterr().err
