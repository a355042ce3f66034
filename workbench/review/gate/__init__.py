"""The gate of a pull request: what one revision changes in the guidelines of another, and whether something breaks."""
