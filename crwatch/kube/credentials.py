"""What a request carries to say who we are. Asked for on every request: tokens in files change under us."""

import base64
import time
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Final
from urllib.parse import quote

from crwatch.errors import UnauthorizedError
from crwatch.kube.kubeconfig import Impersonation, Login

_REREAD_SECONDS: Final = 60.0
"""client-go's: projected tokens are rotated long before they expire."""


class Credentials:
    """The headers of one user.

    Args:
        login: how the user says who they are.
        impersonation: as whom rights are judged.
        monotonic: a clock in seconds.
    """

    def __init__(
        self, login: Login, impersonation: Impersonation, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._login = login
        self._impersonation = tuple(_impersonate(impersonation))
        self._monotonic = monotonic
        self._lock = Lock()
        self._token = login.token.strip()
        self._read_at: float | None = None

    def headers(self) -> tuple[tuple[str, str], ...]:
        """Return the headers as names and values; a name may come twice.

        Raises:
            UnauthorizedError: a token cannot be had, or cannot be sent.
        """
        return (*self._authorization(), *self._impersonation)

    def refresh(self) -> bool:
        """Have the next request read the token anew; false where there is nothing that could change."""
        with self._lock:
            self._read_at = None
        return self._login.token_file is not None

    def _authorization(self) -> tuple[tuple[str, str], ...]:
        path = self._login.token_file
        token = self._from_file(path) if path is not None else self._token
        if token:
            if not token.isascii() or not token.isprintable():
                raise UnauthorizedError("the token holds characters that cannot be sent")  # http.client would quote it
            return (("Authorization", f"Bearer {token}"),)
        if self._login.username or self._login.password:
            pair = f"{self._login.username}:{self._login.password}".encode()
            return (("Authorization", f"Basic {base64.b64encode(pair).decode()}"),)
        return ()

    def _from_file(self, path: Path) -> str:
        with self._lock:
            now = self._monotonic()
            if self._read_at is None or now - self._read_at >= _REREAD_SECONDS:
                try:
                    self._token = path.read_text(encoding="ascii", errors="replace").strip()
                except OSError as error:
                    raise UnauthorizedError(f"cannot read the token file {path}", cause=error.strerror) from error
                self._read_at = now
            return self._token


def _impersonate(who: Impersonation) -> list[tuple[str, str]]:
    """Return the Impersonate headers; keys of extras may hold what a header's name may not, and are quoted."""
    headers = [("Impersonate-User", who.user)] if who.user else []
    headers += [("Impersonate-Uid", who.uid)] if who.uid else []
    headers += [("Impersonate-Group", group) for group in who.groups]
    headers += [
        (f"Impersonate-Extra-{quote(key, safe='')}", text) for key, texts in who.extra.items() for text in texts
    ]
    return headers
