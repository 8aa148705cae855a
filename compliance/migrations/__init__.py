"""The store's tables, as Alembic makes them: one file in `versions/` for each step from an older store to a newer."""
