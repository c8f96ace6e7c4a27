"""JSON values and the languages that point into them. Pure: no clock, no file, no socket."""
