"""How a store's tables came to be, step by step (Alembic); `store.py` takes a store to the newest when it opens it."""
