"""The store of requests: asked, answered at once, amended, decided by people, kept with their history."""
