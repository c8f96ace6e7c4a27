"""The real Kubernetes API server of the tests: a Go module of our own, and the Python that builds and runs it.

`build.py` makes the program once, `server.py` runs it, `kubectl.py` is the independent client that writes
objects, and `python -m tests.apiserver` starts it all for a person.
"""
