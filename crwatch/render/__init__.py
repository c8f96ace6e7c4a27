"""Changes and Notices as text. The only writer of lines on standard output and standard error."""
