"""From the threads that watch to the one that explains and writes: bounded, and closable from anywhere."""

from collections import deque
from threading import Condition
from typing import Final

from crwatch.errors import CrwatchError
from crwatch.model.notice import Batch

LIMIT: Final = 16
"""Batches that may wait; a full mailbox stops the reading, and the server keeps what is not read (protocol 9.11)."""


class MailboxClosedError(Exception):
    """Nothing more comes: somebody closed the mailbox, and what was in it has been taken."""


class Mailbox:
    """A queue of Batches. Closing it is how everything ends: whoever waits on either side wakes up."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._batches: deque[Batch] = deque()
        self._changed = Condition()
        self._closed = False
        self._error: CrwatchError | None = None

    def put(self, batch: Batch) -> None:
        """Add a batch, after waiting for room.

        Raises:
            MailboxClosedError: nobody will take it.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._closed or len(self._batches) < self._limit)
            if self._closed:
                raise MailboxClosedError
            self._batches.append(batch)
            self._changed.notify_all()

    def get(self, timeout_seconds: float | None = None) -> Batch | None:
        """Return the next batch, after waiting for one; None when there was none in time.

        Raises:
            CrwatchError: what the mailbox was closed with, once it is empty.
            MailboxClosedError: it was closed without an error, and is empty.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._batches, timeout_seconds)
            if self._batches:
                batch = self._batches.popleft()
                self._changed.notify_all()
                return batch
            if self._error:
                raise self._error
            if self._closed:
                raise MailboxClosedError
            return None

    def close(self, error: CrwatchError | None = None) -> None:
        """Let nothing more in; what is in can still be taken. The first error given is the one that is raised."""
        with self._changed:
            self._closed = True
            self._error = self._error or error
            self._changed.notify_all()
