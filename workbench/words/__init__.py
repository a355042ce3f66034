"""Everything a person reads, written once."""
