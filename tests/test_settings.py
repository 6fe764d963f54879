"""Settings: where they are looked up, what is refused, and the token that never shows."""

from __future__ import annotations

import logging
import math
import os
import pickle
import ssl
import traceback
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from attrs.exceptions import FrozenInstanceError

from tests.support.properties import given, st
from voiceshift.errors import SettingsError
from voiceshift.settings import DEFAULT_URI, Secret, Settings, is_loopback
from voiceshift.util.validators import check_user_id

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = "obviously-fake-token"
SECONDS = (
    "connect_timeout",
    "auth_timeout",
    "idle_timeout",
    "close_timeout",
    "ping_interval",
    "ping_timeout",
)
COUNTS = ("max_message_size", "max_buffered", "connect_attempts")


def write_dotenv(folder: Path, *lines: str) -> Path:
    """A ``.env`` in ``folder``."""
    path = folder / ".env"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


# ---- where settings are looked up


def test_defaults_are_the_documented_ones() -> None:
    """What is not set anywhere has these values."""
    assert attrs.asdict(Settings.load(token=TOKEN)) == {
        "uri": "wss://voiceshiftde.site:8765",
        "token": Secret(TOKEN),
        "user_id": None,
        "request_type": "cover",
        "connect_timeout": 10,
        "auth_timeout": 10,
        "idle_timeout": 600,
        "close_timeout": 2,
        "ping_interval": 20,
        "ping_timeout": 40,
        "max_message_size": 64 * 2**20,
        "max_buffered": 32 * 2**20,
        "max_embedded": 10 * 2**20,
        "connect_attempts": 3,
        "proxy": "env",
        "headers": (),
        "ssl_context": None,
        "allow_insecure": False,
    }


@pytest.mark.parametrize(
    ("name", "pattern", "kind"),
    [
        ("uri", "wss://{}.example:1", str),
        ("token", "{}-token", Secret),
        ("user_id", "{}", int),
        ("request_type", "{}_request", str),
    ],
)
def test_argument_beats_environment_beats_dotenv(
    name: str, pattern: str, kind: type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of the four can be set in three places, and the nearest to the call wins."""
    variable = f"VC_{name.upper()}"
    monkeypatch.setenv("VC_TOKEN", TOKEN)
    default = getattr(Settings.load(), name)
    monkeypatch.delenv("VC_TOKEN")
    texts = [pattern.format(number) for number in (1, 2, 3)]

    write_dotenv(tmp_path, f"VC_TOKEN={TOKEN}", f"{variable}={texts[0]}")
    from_dotenv = getattr(Settings.load(), name)
    monkeypatch.setenv(variable, texts[1])
    from_environment = getattr(Settings.load(), name)
    from_argument = getattr(Settings.load(**{name: kind(texts[2])}), name)

    assert [from_dotenv, from_environment, from_argument] == [kind(text) for text in texts]
    assert default not in (from_dotenv, from_environment, from_argument)


@pytest.mark.parametrize("name", ["uri", "token", "user_id", "request_type"])
def test_none_is_as_if_left_out(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An argument that is None does not hide the environment."""
    monkeypatch.setenv("VC_URI", "wss://example.org")
    monkeypatch.setenv("VC_TOKEN", TOKEN)
    monkeypatch.setenv("VC_USER_ID", "7")
    monkeypatch.setenv("VC_REQUEST_TYPE", "cover_request")
    options: dict[str, Any] = {name: None}
    assert Settings.load(**options) == Settings.load()


@pytest.mark.parametrize("name", SECONDS)
def test_none_is_no_limit_for_seconds(name: str) -> None:
    """Time limits can be switched off through ``load``, which passes None on."""
    options: dict[str, Any] = {name: None}
    assert getattr(Settings.load(token=TOKEN, **options), name) is None


def test_dotenv_is_found_upward(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the working directory on, each folder above is looked at."""
    write_dotenv(tmp_path, f"VC_TOKEN={TOKEN}")
    below = tmp_path / "songs" / "old"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert Settings.load().token == Secret(TOKEN)


def test_nearest_dotenv_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The search ends at the first ``.env`` that has something to say."""
    write_dotenv(tmp_path, "VC_TOKEN=far")
    below = tmp_path / "songs"
    below.mkdir()
    write_dotenv(below, "VC_TOKEN=near")
    monkeypatch.chdir(below)
    assert Settings.load().token == Secret("near")


def test_dotenv_does_not_touch_the_environment(tmp_path: Path) -> None:
    """Other programs that are started from here do not inherit the token."""
    write_dotenv(tmp_path, f"VC_TOKEN={TOKEN}", "OTHER=1")
    before = dict(os.environ)
    Settings.load()
    assert dict(os.environ) == before


def test_empty_variable_counts_as_not_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that ``VC_URI= script.py`` means the default, as it does in a shell."""
    write_dotenv(tmp_path, f"VC_TOKEN={TOKEN}", "VC_URI=", "VC_USER_ID")
    monkeypatch.setenv("VC_TOKEN", "")
    settings = Settings.load()
    assert settings.token == Secret(TOKEN)
    assert settings.uri == DEFAULT_URI
    assert settings.user_id is None


def test_missing_token_names_every_place_looked_at(tmp_path: Path) -> None:
    """The message says where a token could have been, and that there is a way without."""
    with pytest.raises(SettingsError) as caught:
        Settings.load()
    for place in ("`token`", "VC_TOKEN", ".env", str(tmp_path), "Client.local()"):
        assert place in str(caught.value)


def test_missing_token_names_the_dotenv_that_was_read(tmp_path: Path) -> None:
    """The message names the very file, which may lie in a folder above."""
    path = write_dotenv(tmp_path, "VC_URI=wss://example.org")
    with pytest.raises(SettingsError, match="has no such variable") as caught:
        Settings.load()
    assert str(path) in str(caught.value)


def test_dotenv_is_not_read_where_nothing_is_missing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Not even to warn of it."""
    (tmp_path / ".env").write_bytes(b"\xff")
    Settings.load(uri=DEFAULT_URI, token=TOKEN, user_id=7, request_type="cover")
    assert caplog.text == ""
    Settings.load(uri=DEFAULT_URI, token=TOKEN, request_type="cover")  # a user id may be in it
    assert str(tmp_path / ".env") in caplog.text


def test_unknown_option_is_refused_with_the_known_ones() -> None:
    """A typing error does not pass silently."""
    misspelt: dict[str, Any] = {"tokne": TOKEN}
    with pytest.raises(
        SettingsError, match=r"unknown option tokne;.* token, .*Did you mean token\?$"
    ):
        Settings.load(**misspelt)


def test_settings_do_not_change() -> None:
    """They can be shared between threads."""
    with pytest.raises(FrozenInstanceError):
        Settings(token=TOKEN).uri = "wss://example.org"  # type: ignore[misc]  # the point


# ---- what is refused


@pytest.mark.parametrize("name", SECONDS)
@pytest.mark.parametrize("value", [0, -1, 0.0, math.nan, math.inf, -math.inf, True, "5", [5]])
def test_what_is_no_time_limit_is_refused(name: str, value: object) -> None:
    """NaN above all: a deadline made of it would never pass."""
    with pytest.raises(SettingsError, match=f"{name} must be seconds above 0, or None"):
        Settings(**{name: value})  # type: ignore[arg-type]  # the point


@pytest.mark.parametrize("name", COUNTS)
@pytest.mark.parametrize("value", [0, -1, 1.5, math.nan, True, None, "5"])
def test_what_is_no_count_is_refused(name: str, value: object) -> None:
    """Sizes and attempts are whole numbers above zero."""
    with pytest.raises(SettingsError, match=f"{name} must be a whole number above 0"):
        Settings(**{name: value})  # type: ignore[arg-type]  # the point


@pytest.mark.parametrize("value", [1, 241579763498614784, 2**64 - 1])
def test_user_id_is_kept_exactly(value: int) -> None:
    """Also beyond 2**53, as a number and as the environment's text."""
    assert check_user_id(value) == check_user_id(str(value)) == value


@pytest.mark.parametrize(
    "value", [0, -1, 2**64, 1.0, 241579763498614784.0, True, False, "", "me", "1.5", "1e9", [1]]
)
def test_what_is_no_user_id_is_refused(value: object) -> None:
    """A float above all, even a whole one: it may have lost its last digits."""
    with pytest.raises(SettingsError, match="user_id must be a Discord user id"):
        Settings(user_id=value)


@pytest.mark.parametrize("value", ["", "  ", "two\nlines", "tab\t", b"bytes", 5])
def test_what_is_no_token_is_refused(value: object) -> None:
    """Mostly files read with their line break; the message does not quote the token."""
    with pytest.raises(SettingsError, match="token") as caught:
        Settings(token=value)
    assert "lines" not in str(caught.value)


@pytest.mark.parametrize("value", ["", 5, None])
def test_what_is_no_request_type_is_refused(value: object) -> None:
    """It is a text that is not empty."""
    with pytest.raises(SettingsError, match="request_type must be a text"):
        Settings(request_type=value)  # type: ignore[arg-type]  # the point


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "voiceshift",
        "example.org:8765",
        "https://example.org",
        " wss://example.org",
        "wss://",
        "wss://:8765",
        "wss://example.org:0",
        "wss://example.org:65536",
        "wss://example.org:port",
        "wss://example.org\n",
        "wss://exam ple.org",
        "wss://example.org/#part",
        "wss://[::1",
        None,
        b"wss://example.org",
    ],
)
def test_what_is_not_a_websocket_url_is_refused(uri: object) -> None:
    """Before anything is looked up in the network."""
    with pytest.raises(SettingsError, match="uri"):
        Settings(uri=uri)  # type: ignore[arg-type]  # the point


@pytest.mark.parametrize(
    ("uri", "host", "port", "is_tls"),
    [
        ("wss://example.org", "example.org", 443, True),
        ("wss://example.org:8765/path?query=1", "example.org", 8765, True),
        ("ws://localhost", "localhost", 80, False),
        ("ws://[::1]:8765", "::1", 8765, False),
        ("WSS://Example.org", "example.org", 443, True),
        ("WS://localhost:8765", "localhost", 8765, False),
    ],
)
def test_parts_of_the_address(uri: str, host: str, port: int, is_tls: bool) -> None:
    """The port has the default of its scheme, which may be in capitals."""
    settings = Settings(uri=uri)
    assert (settings.host, settings.port, settings.is_tls) == (host, port, is_tls)


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("wss://müller.example", "wss://xn--mller-kva.example"),
        ("wss://MÜLLER.example:8765/", "wss://xn--mller-kva.example:8765/"),
        ("wss://例え.example/a?b=c%20d", "wss://xn--r8jz45g.example/a?b=c%20d"),
        ("WSS://example.org/Grüße?ü=1", "wss://example.org/Gr%C3%BC%C3%9Fe?%C3%BC=1"),
        ("wss://[::1]:8765/ü", "wss://[::1]:8765/%C3%BC"),
    ],
)
def test_address_in_any_language(uri: str, expected: str) -> None:
    """What goes over the network is ASCII: punycode for the host, escapes for the rest."""
    assert Settings(uri=uri).uri == expected


@pytest.mark.parametrize("host", ["straße.example", "ﬁ.example"])
def test_host_that_programs_read_differently(host: str) -> None:
    """Two hosts could be meant, and the token could go to the wrong one."""
    with pytest.raises(SettingsError, match="punycode"):
        Settings(uri=f"wss://{host}")


HEADER = "obviously-fake-header"


def test_headers() -> None:
    """They are kept as secrets, also by what derives settings from settings."""
    settings = Settings(headers={"Authorization": HEADER, "X-Empty": ""})
    assert [(name, value.reveal()) for name, value in settings.headers] == [
        ("Authorization", HEADER),
        ("X-Empty", ""),
    ]
    assert attrs.evolve(settings, token="t").headers == settings.headers
    assert HEADER not in repr(settings) + repr(attrs.asdict(settings)) + repr(settings.headers)
    assert pickle.loads(pickle.dumps(settings)) == settings


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": HEADER},
        {"sec-websocket-key": HEADER},
        {"Connection": HEADER},
        {"X Y": HEADER},
        {"X:": HEADER},
        {"": HEADER},
        {5: HEADER},
        {"X": f"{HEADER}\r\nX: 1"},
        {"X": f"{HEADER}ü"},
        {"X": None},
        ["X: 1"],
        "X: 1",
    ],
)
def test_headers_that_cannot_be_sent(headers: Any) -> None:
    """Names and values are those of HTTP, and the WebSocket's own are left to it."""
    with pytest.raises(SettingsError, match="header") as caught:
        Settings(headers=headers)
    assert HEADER not in str(caught.value)


@pytest.mark.parametrize(
    "host", ["example.org", "192.168.0.7", "0.0.0.0", "localhost.example.org", "127.0.0.1.org"]
)
def test_cleartext_to_another_machine_must_be_allowed(host: str) -> None:
    """The token would be readable by everyone between."""
    uri = f"ws://{host}:8765"
    with pytest.raises(SettingsError, match="unencrypted"):
        Settings(uri=uri)
    assert Settings(uri=uri, allow_insecure=True).uri == uri


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST.", "127.0.0.1", "127.9.9.9", "[::1]"])
def test_cleartext_to_this_machine_is_fine(host: str) -> None:
    """Nobody is between."""
    assert is_loopback(host.strip("[]"))
    assert not Settings(uri=f"ws://{host}:8765").is_tls


@pytest.mark.parametrize(
    "proxy",
    [
        "env",
        None,
        "http://proxy:3128",
        "socks4://proxy",
        "socks4a://proxy",
        "socks://proxy",
        "socks5://proxy",
        "socks5h://[::1]:1080",
    ],
)
def test_proxies_that_can_be_used(proxy: str | None) -> None:
    """The environment's, none, or an address."""
    assert Settings(proxy=proxy).proxy == proxy


PROXY_PASSWORD = "obviously-fake-password"


@pytest.mark.parametrize(
    "proxy",
    [
        "",
        "proxy:3128",
        f"https://user:{PROXY_PASSWORD}@proxy",
        f"ftp://user:{PROXY_PASSWORD}@proxy",
        f"http://user:{PROXY_PASSWORD}@",
        f"http://user:{PROXY_PASSWORD}@proxy:0",
        f"http://user:{PROXY_PASSWORD}@proxy:port",
        f"http://user:{PROXY_PASSWORD}@[proxy",
        f"http://user:#{PROXY_PASSWORD}@proxy:3128",
        f"http://user:1/{PROXY_PASSWORD}@proxy:3128",
        f"http://user:?{PROXY_PASSWORD}@proxy:3128",
        5,
    ],
)
def test_other_proxies_are_refused_without_their_password(proxy: object) -> None:
    """The whole traceback is free of it, causes included."""
    with pytest.raises(SettingsError, match="proxy must be") as caught:
        Settings(proxy=proxy)  # type: ignore[arg-type]  # the point
    assert PROXY_PASSWORD not in "".join(traceback.format_exception(caught.value))


def test_address_with_a_password_is_refused_without_it() -> None:
    """The service knows no user names, and the address shows in repr and messages."""
    with pytest.raises(SettingsError, match="must not hold a user name") as caught:
        Settings(uri=f"wss://user:{PROXY_PASSWORD}@example.org")
    assert PROXY_PASSWORD not in str(caught.value)


# ---- the token that never shows


def shown(value: object) -> str:
    """``value`` in every way in which it could come before someone's eyes."""
    record = logging.LogRecord("test", logging.INFO, "", 0, "%s %r", (value, value), None)
    try:
        raise RuntimeError(value)
    except RuntimeError as error:
        report = traceback.TracebackException.from_exception(error, capture_locals=True)
    return "\n".join(
        [
            repr(value),
            str(value),
            f"{value} {value!s} {value!r} {value:}",
            "%s %r" % (value, value),  # noqa: UP031 - one of the ways
            repr([value]),
            record.getMessage(),
            *report.format(),
        ]
    )


@pytest.mark.parametrize(
    "holder",
    [
        Secret(TOKEN),
        Settings(token=TOKEN),
        attrs.asdict(Settings(token=TOKEN)),
        attrs.astuple(Settings(token=TOKEN)),
        pickle.loads(pickle.dumps(Settings(token=TOKEN))),
        attrs.evolve(Settings(token=TOKEN), user_id=7),
    ],
    ids=["secret", "settings", "asdict", "astuple", "pickled", "evolved"],
)
def test_token_never_shows(holder: object) -> None:
    """Not in repr, str, formats, logs, error messages or the locals of a traceback."""
    text = shown(holder)
    assert TOKEN not in text
    assert "***" in text


@pytest.mark.parametrize(
    ("token", "hint"),
    [
        (TOKEN, ""),
        ("a'b", ""),
        (f" {TOKEN}", "; it has blanks: is that part of it?"),
        ("two words", "; it has blanks: is that part of it?"),
        (f"\xa0{TOKEN}", "; it has blanks: is that part of it?"),
        (f"'{TOKEN}'", "; it has quotes: is that part of it?"),
        (f"\N{LEFT DOUBLE QUOTATION MARK}{TOKEN}", "; it has quotes: is that part of it?"),
        (f"Bearer {TOKEN}", "; it has blanks and 'Bearer' before it: is that part of it?"),
        (f"VC_TOKEN={TOKEN}", "; it has 'VC_TOKEN=' before it: is that part of it?"),
    ],
)
def test_what_was_copied_with_a_token(token: str, hint: str) -> None:
    """For the message where the service refuses it; most tokens have nothing of the kind."""
    assert Secret(token).hint() == hint


def test_token_is_revealed_by_name() -> None:
    """One method, easy to search for, gives it."""
    token = Settings(token=TOKEN).token
    assert token is not None
    assert token.reveal() == TOKEN


def test_token_survives_pickle() -> None:
    """Settings can be sent to another process."""
    settings = Settings(token=TOKEN, user_id=7)
    assert pickle.loads(pickle.dumps(settings)) == settings


def test_secret_redacts_itself() -> None:
    """Foreign texts that quote it can be shown."""
    assert Secret("abc").redact("abc is no token: abc") == "*** is no token: ***"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("0123456789abcdef", "***"),
        ("not 0123456789abcdef!", "not ***!"),
        ("is 0123456789…", "is ***…"),
        ("…89abcdef", "…***"),
        ("0123456789abcdef0123456789abcdef", "***"),
        ("0123456789abcdef 23456789", "*** ***"),
        ("9abcdef", "9abcdef"),
        ("0123456 9abcdef", "0123456 9abcdef"),
        ("", ""),
    ],
)
def test_secret_redacts_its_parts(text: str, shown: str) -> None:
    """Whoever repeats it may have cut it; up to 7 characters of it give nothing away."""
    assert Secret("0123456789abcdef").redact(text) == shown


@given(st.text("abc", min_size=1, max_size=20), st.text("abcd", max_size=60))
def test_redacted_text_has_no_part_of_the_secret(token: str, text: str) -> None:
    """Property: none longer than 7 characters, and nothing else is lost where there was none."""
    shown = Secret(token).redact(text)
    size = min(len(token), 8)
    parts = [token[start : start + size] for start in range(len(token) - size + 1)]
    assert not any(part in shown for part in parts)
    if not any(part in text for part in parts):
        assert shown == text


def test_secrets_compare_by_content() -> None:
    """Equal secrets are one key; a plain text is never equal to one."""
    assert len({Secret("a"), Secret("a"), Secret("b")}) == 2
    assert Secret("a") != "a"


@pytest.mark.parametrize(
    "options",
    [
        {"proxy": f"http://user:{PROXY_PASSWORD}@proxy:3128"},
        {"headers": {"Authorization": PROXY_PASSWORD}},
        {"ssl_context": ssl.create_default_context()},
    ],
    ids=["proxy", "headers", "ssl_context"],
)
def test_repr_leaves_out(options: dict[str, Any]) -> None:
    """A proxy's password does not show, nor what would say nothing."""
    (name,) = options
    assert PROXY_PASSWORD not in repr(Settings(**options))
    assert name not in repr(Settings(**options))


@pytest.mark.parametrize("value", ["no", 0, None])
def test_allow_insecure_is_a_flag(value: object) -> None:
    """A text such as "no" is refused: it would count as true, and let the token out."""
    with pytest.raises(SettingsError, match="allow_insecure must be True or False"):
        Settings(allow_insecure=value)  # type: ignore[arg-type]


def test_ssl_context_is_one() -> None:
    """A path to certificates, say, is refused before anything connects."""
    with pytest.raises(SettingsError, match=r"ssl_context must be an ssl\.SSLContext, not str"):
        Settings(ssl_context="ca.pem")  # type: ignore[arg-type]
