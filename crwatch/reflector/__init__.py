"""Keeping a store equal to a server: a pure machine that decides, one driver that acts, a mailbox, the informer."""
