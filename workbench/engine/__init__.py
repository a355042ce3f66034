"""Deciding: the reference that defines the meaning, the plan, and the readings held to them."""
