"""A Delta becomes a Change: masked, compared, folded, attributed. Pure; `lens.py` is the door."""
