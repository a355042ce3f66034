"""What a criterion may say: tree, syntax, types, units, one operator table, and the readings of an expression."""
