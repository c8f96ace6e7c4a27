"""Bounded, in order, and closable while somebody waits on either side."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from crwatch.errors import ForbiddenError
from crwatch.model.notice import Batch
from crwatch.reflector.mailbox import Mailbox, MailboxClosedError


def test_batches_come_out_in_the_order_in_which_they_went_in() -> None:
    """First in, first out."""
    mailbox = Mailbox()
    for number in range(3):
        mailbox.put(Batch(number, (), ""))

    assert [mailbox.get(), mailbox.get(), mailbox.get()] == [Batch(number, (), "") for number in range(3)]


def test_a_full_mailbox_makes_the_sender_wait_until_there_is_room() -> None:
    """Back-pressure: nothing is dropped, nothing is coalesced."""
    mailbox = Mailbox(limit=1)
    mailbox.put(Batch(1, (), ""))
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(mailbox.put, Batch(2, (), ""))
        assert mailbox.get() == Batch(1, (), "")
        waiting.result(timeout=5)

    assert mailbox.get() == Batch(2, (), "")


@pytest.mark.parametrize("side", ["sender", "taker"])
def test_closing_wakes_whoever_waits(side: str) -> None:
    """This is how everything ends within a second."""
    mailbox = Mailbox(limit=1)
    if side == "sender":
        mailbox.put(Batch(1, (), ""))
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(mailbox.put, Batch(2, (), "")) if side == "sender" else pool.submit(mailbox.get)
        mailbox.close()
        with pytest.raises(MailboxClosedError):
            waiting.result(timeout=5)


def test_what_was_in_it_is_taken_before_the_error_is_raised() -> None:
    """The last changes are not lost to the failure that followed them."""
    mailbox = Mailbox()
    mailbox.put(Batch(1, (), ""))
    mailbox.close(ForbiddenError("no"))
    mailbox.close(ForbiddenError("later"))

    assert mailbox.get() == Batch(1, (), "")
    with pytest.raises(ForbiddenError, match="no"):
        mailbox.get()


def test_a_wait_with_a_time_limit_gives_nothing_in_the_end() -> None:
    """So that the consumer can look at the clock."""
    assert Mailbox().get(timeout_seconds=0) is None
