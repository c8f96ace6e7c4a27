from pathlib import Path

import pytest

from crwatch.errors import UnauthorizedError
from crwatch.kube.credentials import Credentials
from crwatch.kube.kubeconfig import Impersonation, Login


class Clock:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_a_token_file_is_trimmed_and_read_anew_after_a_minute_and_on_refresh(tmp_path: Path) -> None:
    """Projected tokens rotate; the official client reads them once, line end included."""
    path, clock = tmp_path / "token", Clock()
    path.write_text("one\n")
    credentials = Credentials(Login(token="old", token_file=path), Impersonation(), monotonic=clock)
    assert credentials.headers() == (("Authorization", "Bearer one"),)
    path.write_text("two\n")
    clock.seconds = 59.9
    assert credentials.headers() == (("Authorization", "Bearer one"),)
    clock.seconds = 60
    assert credentials.headers() == (("Authorization", "Bearer two"),)
    path.write_text("three")
    assert credentials.refresh()
    assert credentials.headers() == (("Authorization", "Bearer three"),)
    path.unlink()
    credentials.refresh()
    with pytest.raises(UnauthorizedError, match=f"cannot read the token file {path}"):
        credentials.headers()


def test_every_other_login_is_headers_too() -> None:
    """Impersonation comes beside any of them; what a header's name cannot hold is quoted."""
    who = Impersonation(user="jané", uid="7", groups=("a", "b"), extra={"Acme.com/Sço": ("x", "y")})
    impersonated = (
        ("Impersonate-User", "jané"),
        ("Impersonate-Uid", "7"),
        ("Impersonate-Group", "a"),
        ("Impersonate-Group", "b"),
        ("Impersonate-Extra-Acme.com%2FS%C3%A7o", "x"),
        ("Impersonate-Extra-Acme.com%2FS%C3%A7o", "y"),
    )
    basic = Credentials(Login(username="u", password="p:é"), who)
    assert basic.headers() == (("Authorization", "Basic dTpwOsOp"), *impersonated)
    assert Credentials(Login(), Impersonation()).headers() == ()
    assert not basic.refresh()


def test_a_token_that_cannot_be_sent_is_not_quoted() -> None:
    """http.client would put it into its error, and so on the terminal."""
    credentials = Credentials(Login(token="hunter2\r\nX: y"), Impersonation())
    with pytest.raises(UnauthorizedError) as caught:
        credentials.headers()
    assert "hunter2" not in f"{caught.value} {caught.value.hint} {caught.value.cause}"
