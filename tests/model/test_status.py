"""What went wrong: one reader for all answers."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crwatch.errors import (
    ConnectError,
    CrwatchError,
    ForbiddenError,
    NotFoundError,
    NotServedError,
    ServerError,
    UnauthorizedError,
    UsageError,
    VersionExpiredError,
)
from crwatch.model.status import Failure, FailureKind, classify, to_error


def status(**fields: Any) -> bytes:
    """A Status of the API."""
    return json.dumps({"kind": "Status", "apiVersion": "v1", "status": "Failure", **fields}).encode()


@pytest.mark.parametrize(
    ("code", "body", "kind"),
    [
        (400, status(code=400, reason="BadRequest"), FailureKind.BAD_REQUEST),
        (401, status(code=401, reason="Unauthorized"), FailureKind.UNAUTHORIZED),
        (403, status(code=403, reason="Forbidden"), FailureKind.FORBIDDEN),
        (404, status(code=404, reason="NotFound"), FailureKind.NOT_FOUND),
        (404, b"404 page not found\n", FailureKind.NOT_SERVED),
        (404, b'{"kind":"Other"}', FailureKind.NOT_SERVED),
        (405, status(code=405, reason="MethodNotAllowed"), FailureKind.NOT_ALLOWED),
        (406, status(code=406, reason="NotAcceptable"), FailureKind.NOT_ACCEPTABLE),
        (410, status(code=410, reason="Expired"), FailureKind.EXPIRED),
        (410, status(code=410, reason="Gone"), FailureKind.EXPIRED),
        (410, b"", FailureKind.EXPIRED),
        (422, status(code=422, reason="Invalid"), FailureKind.BAD_REQUEST),
        (429, status(code=429, reason="TooManyRequests"), FailureKind.THROTTLED),
        (500, status(code=500, reason="InternalError"), FailureKind.SERVER),
        (500, status(code=500, reason="Expired"), FailureKind.EXPIRED),
        (502, b"<html><head><style>p{}</style></head><body>Bad   Gateway</body></html>", FailureKind.SERVER),
        (503, b"", FailureKind.UNAVAILABLE),
        (
            504,
            status(code=504, reason="Timeout", details={"causes": [{"reason": "ResourceVersionTooLarge"}]}),
            FailureKind.TOO_LARGE,
        ),
        (500, status(code=500, message="Too large resource version: 9, current: 3"), FailureKind.TOO_LARGE),
        (504, status(code=504, reason="Timeout", details={"causes": None}), FailureKind.SERVER),
        (403, status(code=0, reason="Forbidden"), FailureKind.FORBIDDEN),
    ],
)
def test_an_answer_is_classified_by_what_it_asks_of_us(code: int, body: bytes, kind: FailureKind) -> None:
    """The table of protocol 1.9."""
    failure = classify(code, {}, body)
    assert failure.kind is kind
    assert failure.code == code
    assert failure.message


def test_a_proxys_page_becomes_one_short_line() -> None:
    """Without its markup."""
    page = b"<html><script>alert(1)</script><body>Bad   Gateway\n" + b"x" * 2000 + b"</body></html>"
    message = classify(502, {}, page).message
    assert message.startswith("Bad Gateway xxx")
    assert len(message) <= 501
    assert "alert" not in message


@pytest.mark.parametrize(
    ("headers", "body", "seconds"),
    [
        ({"Retry-After": "7"}, b"", 7.0),
        ({"retry-after": " 7 "}, b"", 7.0),
        ({"Retry-After": "9999"}, b"", 120.0),
        ({"Retry-After": "-3"}, b"", None),
        ({"Retry-After": "soon"}, b"", None),
        ({"Retry-After": "Sun, 22 Nov 2026 12:00:30 GMT", "Date": "Sun, 22 Nov 2026 12:00:00 GMT"}, b"", 30.0),
        ({"Retry-After": "Sun, 22 Nov 2026 11:00:00 GMT", "Date": "Sun, 22 Nov 2026 12:00:00 GMT"}, b"", 0.0),
        ({"Retry-After": "Sun, 22 Nov 2026 12:00:30 GMT"}, b"", None),
        ({}, status(code=429, details={"retryAfterSeconds": 5}), 5.0),
        ({"Retry-After": "2"}, status(code=429, details={"retryAfterSeconds": 5}), 5.0),
        ({"Retry-After": "9"}, status(code=429, details={"retryAfterSeconds": 5}), 9.0),
        ({}, status(code=429), None),
    ],
)
def test_the_longer_of_the_waits_asked_for_is_kept(headers: dict[str, str], body: bytes, seconds: float | None) -> None:
    """Seconds or a date, against the response's own clock, clamped (protocol 9.17)."""
    assert classify(429, headers, body).retry_after_seconds == seconds


@given(st.integers(100, 599), st.binary(max_size=60))
def test_any_answer_is_a_failure_and_no_exception(code: int, body: bytes) -> None:
    """Bodies may be cut anywhere."""
    assert classify(code, {}, body).message


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        (FailureKind.UNREACHABLE, ConnectError),
        (FailureKind.UNTRUSTED, ConnectError),
        (FailureKind.SILENT, ConnectError),
        (FailureKind.DROPPED, ConnectError),
        (FailureKind.UNAUTHORIZED, UnauthorizedError),
        (FailureKind.FORBIDDEN, ForbiddenError),
        (FailureKind.NOT_FOUND, NotFoundError),
        (FailureKind.NOT_SERVED, NotServedError),
        (FailureKind.EXPIRED, VersionExpiredError),
        (FailureKind.BAD_REQUEST, UsageError),
        (FailureKind.SERVER, ServerError),
        (FailureKind.UNREADABLE, ServerError),
    ],
)
def test_each_kind_of_failure_ends_in_its_error(kind: FailureKind, error: type[CrwatchError]) -> None:
    """One class per thing that a user can do about it."""
    raised = to_error(Failure(kind, "the server's words", 418), "widgets at https://example.com")
    assert type(raised) is error
    assert "the server's words" in f"{raised.message} {raised.cause}"


@pytest.mark.parametrize("kind", list(FailureKind))
def test_only_what_waiting_may_mend_passes(kind: FailureKind) -> None:
    """At first contact the rest is final."""
    passing = {FailureKind.THROTTLED, FailureKind.UNAVAILABLE, FailureKind.TOO_LARGE}
    assert Failure(kind, "").passes == (kind in passing)
