"""Invented cases, calibrated to published figures."""
