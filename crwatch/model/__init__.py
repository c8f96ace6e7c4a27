"""Kubernetes nouns: types, objects, selectors, Status, wire events, Table, Delta, Notice. Pure and frozen."""
