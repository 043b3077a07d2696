"""The endpoint's TLS certificate, which clients can verify.

On first use a certificate authority is created. It signs a certificate for this machine's names,
and its key is discarded. Clients verify against `ca.crt`. The files are reused until a month before
the certificate expires.
"""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

NAMES = ("localhost", "127.0.0.1", "::1")
_LIFE = timedelta(days=365)
_RENEWED = timedelta(days=30)  # before it expires


def server_context(folder: Path, names: Sequence[str] = NAMES) -> ssl.SSLContext:
    """The TLS settings with the certificate in `folder`, which is created if necessary.

    :param names: the host names and addresses of the certificate.
    """
    if not _is_good(folder, names):
        _make(folder, names)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(folder / "server.crt", folder / "server.key")
    return context


def _is_good(folder: Path, names: Sequence[str]) -> bool:
    """Whether the three files exist, belong together, are valid, and are for these names."""
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature

    try:
        certificate, authority = (
            x509.load_pem_x509_certificate((folder / name).read_bytes())
            for name in ("server.crt", "ca.crt")
        )
        certificate.verify_directly_issued_by(authority)
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(
            folder / "server.crt", folder / "server.key"
        )  # fails if the key does not belong to the certificate
    except (OSError, ValueError, InvalidSignature):
        return False
    alternatives = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    remaining = certificate.not_valid_after_utc - datetime.now(UTC)
    return remaining > _RENEWED and {str(name.value) for name in alternatives} == set(names)


def _make(folder: Path, names: Sequence[str]) -> None:
    import trustme

    authority = trustme.CA(organization_name="Sparkify's local Redshift endpoint")
    server = authority.issue_cert(*names, not_after=datetime.now(UTC) + _LIFE)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / "server.key").touch(mode=0o600)
    server.private_key_pem.write_to_path(folder / "server.key")
    server.cert_chain_pems[0].write_to_path(folder / "server.crt")
    authority.cert_pem.write_to_path(folder / "ca.crt")
