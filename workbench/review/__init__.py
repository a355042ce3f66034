"""Changing a guideline responsibly: differences, coverage, mutation, scenarios, reports."""
