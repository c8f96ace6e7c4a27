"""The commands without argv or terminal: the library's verbs."""
