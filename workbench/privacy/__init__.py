"""De-identifying, releasing, suppressing."""
