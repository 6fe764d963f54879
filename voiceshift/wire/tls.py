"""TLS to the service: which certificates are trusted, and what to do where one is not."""

from __future__ import annotations

import os
import ssl
from typing import TYPE_CHECKING

from voiceshift.errors import ConnectError, SettingsError

if TYPE_CHECKING:
    from voiceshift.settings import Settings

EXPIRED = 10
NOT_YET_VALID = 9
WRONG_NAME = {62, 64}
"""OpenSSL's codes of what is wrong with a certificate: its time, and its host name or address."""


def default_context() -> ssl.SSLContext:
    """Return a context that trusts what this system trusts.

    Raises:
        SettingsError: The environment or the system does not let it be made.
    """
    try:
        return ssl.create_default_context()
    except OSError as error:
        path = os.environ.get("SSLKEYLOGFILE")
        if path and not isinstance(error, ssl.SSLError):
            raise SettingsError(
                f"SSLKEYLOGFILE names {path}, which cannot be written ({error.strerror}); unset "
                "it, or name another file"
            ) from error
        raise SettingsError(
            f"this system's certificates cannot be read ({error}); name a file of certificates in "
            "SSL_CERT_FILE, or, in a script, give an ssl_context of your own"
        ) from error


def tls_failure(settings: Settings, error: Exception) -> ConnectError:
    """Return the error for a TLS handshake that failed."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return ConnectError(
            f"{settings.address} could not prove its identity: {error.verify_message}; "
            f"{_advice(settings, error.verify_code)}"
        )
    return ConnectError(f"{settings.address} did not answer with TLS ({error}); is it a ws:// URL?")


def _advice(settings: Settings, code: int) -> str:
    if code in (EXPIRED, NOT_YET_VALID):
        return "whoever runs it has to renew the certificate, unless this machine's clock is wrong"
    if code in WRONG_NAME:
        return "is the host right?"
    if settings.ssl_context is not None:
        return "its authority is not among those that your ssl_context trusts"
    return (
        f"its authority is not in {_trusted()}. If you trust it, as that of a company whose "
        "network inspects TLS, name a file with its certificate in SSL_CERT_FILE, or, in a script, "
        "give ssl_context=ssl.create_default_context(cafile=...)"
    )


def _trusted() -> str:
    """Return what is trusted by default, in words."""
    paths = ssl.get_default_verify_paths()
    named = os.environ.get(paths.openssl_cafile_env)
    if named and not paths.cafile:
        return f"{named}, which SSL_CERT_FILE names and which is not there"
    return paths.cafile or paths.capath or "what this system trusts"
