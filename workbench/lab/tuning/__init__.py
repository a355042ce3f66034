"""The tuning screen."""
