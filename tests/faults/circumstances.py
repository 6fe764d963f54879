"""What is no fault to inject at a step: each has tests of its own, which are named here."""

from __future__ import annotations

from typing import NamedTuple


class Circumstance(NamedTuple):
    """Something that happens, and what the user gets.

    Attributes:
        name: It in plain English, as the documentation has it.
        connecting: What the user gets before the WebSocket is open; empty where it cannot happen.
        authenticating: Likewise between that and the acceptance of the token.
        covering: Likewise after the request.
        tests: The tests that show it, as ``module:function``.
    """

    name: str
    connecting: str
    authenticating: str
    covering: str
    tests: tuple[str, ...]


SAFE = "the whole cover"


def always(name: str, outcome: str, *tests: str) -> Circumstance:
    """What can happen at any time, with the same outcome."""
    return Circumstance(name, outcome, outcome, outcome, tests)


WAIT_FOR_READER = "it is waited for; `CoverTimeout`, where a `timeout` was given"

CIRCUMSTANCES = [
    Circumstance(
        "nothing listens at the address, or nobody knows the host",
        "`ConnectError`",
        "",
        "",
        ("tests.wire.test_dialer:test_refused", "tests.wire.test_dialer:test_unknown_host"),
    ),
    Circumstance(
        "an address of the service swallows packets",
        "nothing: the next address is tried beside it after 0.25 s; `ConnectTimeout` where "
        "there is none",
        "",
        "",
        (
            "tests.wire.test_dialer:test_silent_address_is_got_past",
            "tests.wire.test_happy_eyeballs:test_attempts_can_be_ended",
        ),
    ),
    Circumstance(
        "no name server answers",
        "`ConnectTimeout`",
        "",
        "",
        ("tests.wire.test_dialer:test_deadline_holds_within_the_lookup",),
    ),
    Circumstance(
        "HTTP status 100 or 103 before the answer that opens the WebSocket",
        "the whole cover",
        "",
        "",
        ("tests.wire.test_transport:test_informational_answers_are_passed_over",),
    ),
    Circumstance(
        "HTTP status 520 to 530 in place of a WebSocket: Cloudflare does not reach the service",
        "`ConnectError`, with `status`, after further attempts",
        "",
        "",
        (
            "tests.wire.test_transport:test_status_is_told_in_words",
            "tests.util.test_retry:test_status_tells_whether_to_try_again",
        ),
    ),
    Circumstance(
        "a refusal with `Retry-After`",
        "nothing, where the next attempt succeeds after that time; `ConnectError`, with `status` "
        "and `retry_after`, at once where it is not over within `connect_timeout`",
        "",
        "",
        (
            "tests.test_client:test_time_that_a_refusal_names_is_waited",
            "tests.test_client:test_time_that_is_too_long_is_not_waited",
        ),
    ),
    Circumstance(
        "a proxy that is not there, or whose name nobody knows",
        "`ConnectError`, which says so and names the variable",
        "",
        "",
        (
            "tests.wire.test_dialer:test_dead_proxy",
            "tests.wire.test_dialer:test_proxy_that_nobody_knows",
        ),
    ),
    Circumstance(
        "the address of a proxy cannot be read, or its kind is not supported",
        "`SettingsError`, without the password",
        "",
        "",
        (
            "tests.wire.test_dialer:test_proxy_password_with_special_characters",
            "tests.wire.test_dialer:test_kind_of_proxy_that_is_not_supported",
        ),
    ),
    Circumstance(
        "`SSLKEYLOGFILE` cannot be written, or another module is called `websocket`",
        "`SettingsError`, which names the file",
        "",
        "",
        (
            "tests.wire.test_dialer:test_key_log_that_cannot_be_written",
            "tests.wire.test_opening_troubles:test_module_that_hides_the_library",
        ),
    ),
    Circumstance(
        "no more files can be opened, or no thread started",
        "`ConnectError`, at once, which names the limit",
        "",
        "",
        ("tests.wire.test_opening_troubles:test_process_at_its_limits",),
    ),
    Circumstance(
        "a proxy that refuses, or is no proxy",
        "`ConnectError`, with `status` where it has one",
        "",
        "",
        (
            "tests.wire.test_dialer:test_proxy_that_refuses",
            "tests.wire.test_dialer:test_no_proxy_at_all",
        ),
    ),
    Circumstance(
        "the connection ends between two covers",
        "",
        "",
        "nothing: the next call connects again",
        ("tests.test_client:test_reconnects_after_the_service_went_away",),
    ),
    Circumstance(
        "the token is withdrawn (close 4001) between two covers",
        "",
        "",
        "`AuthError` from the next call",
        ("tests.test_client_errors:test_4001_while_idle_fails_the_next_call",),
    ),
    Circumstance(
        "audio after the final segment",
        "",
        "",
        f"{SAFE}; the next call connects again",
        ("tests.test_client:test_reconnects_after_audio_that_belongs_to_no_cover",),
    ),
    Circumstance(
        "a final segment that never comes, though the service keeps sending notices",
        "",
        "",
        "`CoverTimeout`, where a `timeout` was given",
        ("tests.faults.test_faults:test_final_segment_that_never_comes",),
    ),
    Circumstance(
        "a flood of notices of the queue",
        "",
        "",
        SAFE,
        ("tests.faults.test_memory:test_flood_of_notices",),
    ),
    Circumstance(
        "the service repeats the token, or a part of it longer than 7 characters",
        "",
        "`***` in its place, in errors too",
        f"{SAFE}, with `***` in its place",
        (
            "tests.test_token:test_echoed_token_is_nowhere",
            "tests.test_token:test_echoed_token_is_in_no_record",
        ),
    ),
    Circumstance(
        "your script sleeps while the service sends",
        "",
        "",
        f"{SAFE}; beyond `max_buffered` it waits in a temporary file",
        (
            "tests.faults.test_memory:test_sleeping_consumer",
            "tests.test_client_streaming:test_slow_consumer_loses_nothing",
        ),
    ),
    Circumstance(
        "your process is stopped, or the machine sleeps, for longer than `idle_timeout`",
        "",
        "",
        f"{SAFE}, where it lies in the socket by then",
        ("tests.test_client_timeouts:test_stopped_process_gets_what_lies_in_the_socket",),
    ),
    Circumstance(
        "standard output or error is closed, full, missing, or of another encoding",
        SAFE,
        SAFE,
        SAFE,
        (
            "tests.display.test_output:test_a_cover_is_made",
            "tests.cli.test_output:test_a_batch_whose_reader_has_gone",
            "tests.cli.test_output:test_a_batch_on_a_full_disk",
        ),
    ),
    Circumstance(
        "your `on_event` raises",
        "",
        "your exception, as it is",
        "your exception, as it is",
        ("tests.test_client_threads:test_what_a_callback_raises_ends_the_cover",),
    ),
    Circumstance(
        "you leave a stream before its end",
        "",
        "",
        "nothing: the next call connects again",
        ("tests.test_client_streaming:test_abandoned_stream_closes_the_connection",),
    ),
    always(
        "Ctrl-C",
        "`KeyboardInterrupt`, at once",
        "tests.faults.test_interruptions:test_ctrl_c",
    ),
    always(
        "`close()` in another thread",
        "`ClientClosed`, at once",
        "tests.faults.test_interruptions:test_close_from_another_thread",
        "tests.wire.test_dialer:test_close_within_the_lookup",
        "tests.wire.test_dialer:test_close_within_a_socks_handshake",
        "tests.test_client_threads:test_close_from_another_thread",
    ),
    always(
        "a second cover while one is running",
        "`ClientBusy`; the first goes on",
        "tests.test_client_threads:test_busy_with_another_threads_cover",
        "tests.test_client_threads:test_busy_within_a_callback",
    ),
    always(
        "your script ends",
        "nothing: it ends at once",
        "tests.faults.test_interruptions:test_exit",
    ),
    Circumstance(
        "your process forks",
        "",
        "",
        "nothing: the child connects again, the parent goes on",
        (
            "tests.test_client_threads:test_forked_child_has_a_connection_of_its_own",
            "tests.test_client_threads:test_fork_while_another_thread_covers",
            "tests.test_client_threads:test_fork_within_a_callback",
        ),
    ),
    Circumstance(
        "the disk is full",
        "",
        "",
        "`SaveError`; `partial` has what fitted",
        (
            "tests.faults.test_files:test_full_disk",
            "tests.faults.test_files:test_full_disk_behind_a_stream",
            "tests.faults.test_files:test_full_disk_from_the_beginning",
        ),
    ),
    Circumstance(
        "the folder of the file vanishes",
        "",
        "",
        "`SaveError`, without `partial`",
        ("tests.faults.test_files:test_folder_that_vanishes",),
    ),
    Circumstance(
        "a file of that name appears meanwhile, and `overwrite` is `False`",
        "",
        "",
        "`SaveError`; `partial` has what arrived, and that file stays",
        ("tests.wire.test_destination:test_file_that_appears_is_not_replaced_without_overwrite",),
    ),
    Circumstance(
        "nobody reads the pipe that is written to, or nobody does for now",
        WAIT_FOR_READER,
        "",
        WAIT_FOR_READER,
        (
            "tests.wire.test_destination:test_pipe_that_nobody_reads",
            "tests.wire.test_destination:test_pipe_whose_reader_stops",
        ),
    ),
    Circumstance(
        "whoever reads the pipe that is written to goes",
        "",
        "",
        "`SaveError`, without `partial`",
        ("tests.wire.test_destination:test_pipe_that_nobody_reads_any_more",),
    ),
    Circumstance(
        "two processes write the same file",
        "",
        "",
        f"{SAFE}, for both; the one that ends last wins",
        ("tests.faults.test_files:test_two_processes_writing_one_file",),
    ),
]
