"""Files as people have them → cases, nothing lost."""
