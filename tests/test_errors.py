"""The exceptions: their tree, their built-in bases, and that they survive any journey."""

from __future__ import annotations

import builtins
import copy
import inspect
import multiprocessing
import pickle
import re
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.support.samples import sample_cover
from voiceshift import errors
from voiceshift.errors import (
    AuthError,
    AuthTimeout,
    ClientBusy,
    ClientClosed,
    ConnectError,
    ConnectionLost,
    ConnectTimeout,
    CoverError,
    CoverTimeout,
    DeadlineExceeded,
    IdleTimeout,
    MessageTooBig,
    ProtocolError,
    SaveError,
    ServiceFull,
    SettingsError,
    VoiceShiftError,
    WorkerLost,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

PARTIAL = sample_cover(complete=False)

EXAMPLES = [
    VoiceShiftError("in general"),
    SettingsError("no token"),
    ConnectError("no WebSocket", status=503),
    AuthError("refused", code=4001, reason="Unauthorized", partial=PARTIAL),
    ConnectionLost("gone", code=1011, reason="keepalive", partial=PARTIAL),
    ProtocolError("not JSON", partial=PARTIAL),
    MessageTooBig("too big", size=200, limit=100, partial=PARTIAL),
    CoverError("no such song", partial=PARTIAL),
    ServiceFull("later"),
    SaveError("disk full", partial=PARTIAL),
    WorkerLost("killed", sent=True, partial=PARTIAL),
    ClientBusy("busy"),
    ClientClosed("closed", partial=PARTIAL),
    DeadlineExceeded("too late", seconds=1.5),
    ConnectTimeout("too late", seconds=2.0),
    AuthTimeout("too late", seconds=3.0),
    IdleTimeout("too late", seconds=4.0, partial=PARTIAL),
    CoverTimeout("too late", seconds=5.0, partial=PARTIAL),
]
"""One of every class, with everything set that it can carry."""

each_example = pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)


def tree_of_docstring() -> Iterator[tuple[str, str | None, str | None]]:
    """Each class drawn in the module's docstring: its name, its parent's, its built-in base's."""
    branch: list[str] = []
    for line in inspect.cleandoc(errors.__doc__ or "").splitlines():
        drawn = re.fullmatch(r"    ([│ ]*(?:[├└]── )?)([A-Z]\w+)(?:\((\w+)\))?(?: {2,}\S.*)?", line)
        if drawn:
            depth = len(drawn[1]) // 4
            branch[depth:] = [drawn[2]]
            yield drawn[2], branch[depth - 1] if depth else None, drawn[3]


def public_classes() -> set[str]:
    """Names of the exceptions that the module defines for users."""
    return {
        name
        for name, value in vars(errors).items()
        if inspect.isclass(value) and value.__module__ == errors.__name__ and name[0] != "_"
    }


def assert_same(journeyed: BaseException, error: VoiceShiftError) -> None:
    """Both are the same error with the same contents."""
    assert type(journeyed) is type(error)
    assert journeyed is not error
    assert str(journeyed) == str(error)
    assert vars(journeyed).items() >= vars(error).items()


def test_the_docstring_draws_exactly_the_classes_there_are() -> None:
    """Nothing is missing in the drawn tree, and nothing in it is made up."""
    drawn = [name for name, _, _ in tree_of_docstring()]
    assert sorted(drawn) == sorted(public_classes()) == sorted(errors.__all__)


@pytest.mark.parametrize(("name", "parent", "builtin"), list(tree_of_docstring()))
def test_each_class_stands_where_the_tree_draws_it(
    name: str, parent: str | None, builtin: str | None
) -> None:
    """Parent and built-in base are the drawn ones, so that ``except`` catches what it says."""
    kind = getattr(errors, name)
    ours = [base.__name__ for base in kind.__mro__[1:] if base.__name__ in errors.__all__]
    assert ours[:1] == ([parent] if parent else [])
    assert issubclass(kind, getattr(builtins, builtin or "Exception"))


def test_there_is_an_example_of_every_class() -> None:
    """The tests below leave out none."""
    assert sorted(type(error).__name__ for error in EXAMPLES) == sorted(errors.__all__)


@each_example
def test_text_is_the_message_alone(error: VoiceShiftError) -> None:
    """Also where a built-in base would show an error number, or nothing."""
    assert str(error) == error.args[0]
    assert str(type(error)("just this")) == "just this"


@pytest.mark.parametrize(
    ("error", "name", "given", "default"),
    [
        (ConnectError, "status", 503, None),
        (AuthError, "code", 4001, 1006),
        (AuthError, "reason", "Unauthorized", ""),
        (ConnectionLost, "code", 1011, 1006),
        (ConnectionLost, "reason", "keepalive", ""),
        (WorkerLost, "sent", True, None),
        (MessageTooBig, "size", 200, 0),
        (MessageTooBig, "limit", 100, 0),
        (DeadlineExceeded, "seconds", 1.5, 0.0),
        (CoverError, "partial", PARTIAL, None),
    ],
)
def test_attributes_are_what_was_given(
    error: type[VoiceShiftError], name: str, given: object, default: object
) -> None:
    """Under the name they were given by, and there also where they were not."""
    assert getattr(error("words", **{name: given}), name) == given  # type: ignore[arg-type]  # its own
    assert getattr(error("words"), name) == default


@each_example
def test_partial_is_none_unless_given(error: VoiceShiftError) -> None:
    """The attribute is always there."""
    assert type(error)("nothing arrived").partial is None


@each_example
@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_survives_pickle(error: VoiceShiftError, protocol: int) -> None:
    """With everything it carries, the partial cover included."""
    assert_same(pickle.loads(pickle.dumps(error, protocol)), error)


@each_example
def test_survives_copy(error: VoiceShiftError) -> None:
    """With everything it carries."""
    assert_same(copy.copy(error), error)


def test_survives_the_change_of_its_message() -> None:
    """A message that was added to travels as it is."""
    error = ConnectionLost("gone", code=1011)
    error.args = (f"{error}; kept in song.part",)
    assert str(pickle.loads(pickle.dumps(error))) == "gone; kept in song.part"


def fail(error: VoiceShiftError) -> None:
    """What a worker process runs."""
    raise error


@pytest.fixture(scope="module")
def worker() -> Iterator[ProcessPoolExecutor]:
    """A process that is started afresh, as on all systems it can be."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as executor:
        executor.submit(pow, 2, 2).result()  # starts the process, before leaks are looked for
        yield executor


@each_example
def test_survives_a_process_pool(error: VoiceShiftError, worker: ProcessPoolExecutor) -> None:
    """Raised in another process it arrives here with everything it carries."""
    with pytest.raises(type(error)) as caught:
        worker.submit(fail, error).result(timeout=60)
    assert_same(caught.value, error)
