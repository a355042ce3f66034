"""Files with places: YAML and CSV whose every value knows its line and column, and sections of keys."""
