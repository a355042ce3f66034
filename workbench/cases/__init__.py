"""What a request is: frame, values, derived facts, episodes, assumptions."""
