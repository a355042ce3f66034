"""What would happen: bounds, uncertainty, fairness, and what follows after a decision."""
