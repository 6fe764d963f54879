"""TLS for the embedded service: the certificate it shows its clients."""

from __future__ import annotations

import os
import ssl

from voiceshift.errors import SettingsError
from voiceshift.util.files import expand_user, file_errors

__all__ = ["certificate_context"]


def certificate_context(
    certificate: str | os.PathLike[str], key: str | os.PathLike[str] | None = None
) -> ssl.SSLContext:
    """TLS settings of a service that has a certificate; TLS 1.2 or newer, without tickets.

    Args:
        certificate: File with the certificate, followed by those between it and the authority's own
            (PEM).
        key: File with its private key (PEM), not encrypted; ``None`` if ``certificate`` has it too.

    Raises:
        SettingsError: A file cannot be read, or the two do not belong together.
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # Tickets would spare a client half of a later handshake. Before Python 3.13 one that reads in
    # one thread and sends in another, as many do, can lose what it sends while it reads a ticket.
    context.num_tickets = 0
    certificate = expand_user(certificate)
    key = None if key is None else expand_user(key)
    files = str(certificate) if key is None else f"{certificate} with the key {key}"
    with file_errors(SettingsError, f"cannot use the certificate {files}"):
        # An empty password, or else OpenSSL would ask for that of an encrypted key on the terminal.
        context.load_cert_chain(certificate, key, password="")
    return context
