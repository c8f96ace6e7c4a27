"""How the server proves itself to us, and we to it: the kubeconfig's TLS as an SSL context."""

import ssl
import tempfile
from pathlib import Path

from crwatch.errors import ConnectError
from crwatch.kube.kubeconfig import Tls


def tls_context(tls: Tls) -> ssl.SSLContext:
    """Return the context for a server's TLS.

    With a CA of the kubeconfig's own, certificates are judged as Go judges them: not by the strict profile that
    Python 3.13 turned on, and any certificate in the CA file may be the anchor. Host names are always checked.

    Raises:
        ConnectError: a certificate or a key cannot be used.
    """
    try:
        context = ssl.create_default_context(cadata=tls.ca.decode("ascii", "ignore") if tls.ca else None)
    except ssl.SSLError as error:
        raise ConnectError("the kubeconfig's certificate-authority holds no certificate") from error
    if tls.ca:
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    if tls.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if tls.certificate and tls.key:
        try:
            _load_pair(context, tls.certificate, tls.key)
        except (OSError, ValueError) as error:
            where = f": {tls.certificate}" if isinstance(tls.certificate, Path) else ""
            raise ConnectError(f"the kubeconfig's client certificate and key cannot be used{where}") from error
    return context


def _load_pair(context: ssl.SSLContext, certificate: Path | bytes, key: Path | bytes) -> None:
    """Load both; ssl takes files only, so what is embedded stands in a file of ours (0600) for that moment."""
    no_password = str  # returns "": without it OpenSSL would ask on the terminal
    if isinstance(certificate, Path) and isinstance(key, Path):
        context.load_cert_chain(certificate, key, no_password)
        return
    with tempfile.NamedTemporaryFile(prefix="crwatch-") as file:
        for part in (certificate, key):
            file.write(part.read_bytes() if isinstance(part, Path) else part)
            file.write(b"\n")
        file.flush()
        context.load_cert_chain(file.name, password=no_password)
