"""Questions about every request that a guideline can get, answered by proof or by a request that shows the contrary."""
