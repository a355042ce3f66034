"""What a guideline is: model, loading with all problems at once, changes, resolving, checking."""
