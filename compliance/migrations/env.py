"""What Alembic runs to migrate: the steps, in the transaction of the connection that `store` hands over.

`store` begins that transaction and ends it, so that all steps take effect or none does, on SQLite too.
"""

from __future__ import annotations

from alembic import context

# Not Alembic's own name, which another program's tables in the same database may have taken.
context.configure(
    connection=context.config.attributes["connection"], version_table="schema_revision", transactional_ddl=True
)
context.run_migrations()
