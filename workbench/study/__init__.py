"""Asking history: replay, carried forward, comparison, rates."""
