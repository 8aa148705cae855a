"""The first tables. Nothing in them is ever changed or removed: the database itself refuses to.

Dates are DATE (ISO text in SQLite) and instants ISO text in UTC, so that both databases compare them alike.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_FIGURES = ("final", "declared", "assured", "assured_final", "assured_if_accepted", "ceiling", "ceiling_final")
_COUNTS = (
    "applicable",
    "answered",
    "met",
    "partly_met",
    "not_met",
    "unknown",
    "no_cases",
    "alternative",
    "too_early",
    "not_applicable",
    "not_scored",
    "encoded",
    "published",
)

# SQLite deletes for a REPLACE without firing triggers unless a connection asks for it, which only ours do.
_RECEIVED = ("imports", "files", "submissions", "answers", "refusals", "registers", "enrolments", "receipts")

# TRUNCATE fires no trigger of rows, so this one is of statements. The name says which schema's it is by itself.
_POSTGRESQL_REFUSES = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$
"""


def upgrade() -> None:
    _arrivals()
    _self_assessments()
    _registers()
    _results()
    _receipts()
    _refuse_changes()


def _arrivals() -> None:
    op.create_table("imports", _id(), _text("started"), _text("tool"))
    op.create_table("finished_imports", _id(), _reference("import_id", "imports.id", unique=True), _text("finished"))
    op.create_table(
        "files",
        sa.Column("sha256", sa.Text, sa.CheckConstraint("length(sha256) = 64"), primary_key=True),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.CheckConstraint("size = length(content)", name="size_of_content"),
    )


def _self_assessments() -> None:
    op.create_table(
        "submissions",
        _id(),
        _reference("sha256", "files.sha256", unique=True),
        _text("file"),
        _text("service_id"),
        _text("service"),
        _text("provider"),
        _day("period_from"),
        _day("period_to"),
        _day("prepared_on"),
        sa.Column("version", sa.Integer, sa.CheckConstraint("version >= 1"), nullable=False),
        _text("received"),
        sa.CheckConstraint("period_from <= period_to", name="period_in_order"),
        sa.UniqueConstraint("service_id", "period_to", "period_from", "version"),
    )
    op.create_table(
        "answers",
        sa.Column("question", sa.Text, primary_key=True),
        _reference("submission_id", "submissions.id", primary_key=True),
        sa.Column("number", sa.Double),
        sa.Column("text", sa.Text),
        sa.CheckConstraint("(number IS NULL) <> (text IS NULL)", name="one_value"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "refusals",
        _id(),
        _reference("sha256", "files.sha256"),
        _text("service_id"),
        _day("period_to", nullable=True),
        _text("problems"),
        _text("digest"),
        sa.UniqueConstraint("sha256", "digest"),
    )


def _registers() -> None:
    op.create_table("registers", _id(), _reference("sha256", "files.sha256", unique=True))
    op.create_table(
        "enrolments",
        _reference("register_id", "registers.id", primary_key=True),
        sa.Column("line", sa.Integer, primary_key=True),
        _text("service_id"),
        _text("service"),
        _text("provider"),
        _text("codes"),
        _day("period_from"),
        _day("period_to"),
        _day("due"),
        _text("cohort"),
        sqlite_with_rowid=False,
    )


def _results() -> None:
    op.create_table("codes", _id(), _text("code_id"), _text("version"), _text("digest", unique=True))
    op.create_table(
        "results",
        _id(),
        _reference("submission_id", "submissions.id"),
        _reference("code", "codes.id"),
        _text("engine"),
        _day("on_date"),
        _text("conclusion", nullable=True),
        sa.Column("is_provisional", sa.Boolean, nullable=False),
        *(sa.Column(name, sa.Integer) for name in _FIGURES),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("failures", "deciding", "flags", *_COUNTS)),
        _text("caps"),
        _text("chapters"),
        sa.UniqueConstraint("submission_id", "code", "engine", "on_date"),
    )
    op.create_table(
        "cohorts",
        _id(),
        _reference("submission_id", "submissions.id"),
        _text("rules"),
        _text("cohort"),
        sa.UniqueConstraint("submission_id", "rules"),
    )


def _receipts() -> None:
    op.create_table(
        "receipts",
        _id(),
        _reference("import_id", "imports.id"),
        _reference("sha256", "files.sha256"),
        _text("file"),
        sa.Column(
            "kind",
            sa.Text,
            sa.CheckConstraint("kind IN ('accepted', 'unchanged', 'new_version', 'refused')"),
            nullable=False,
        ),
        _text("received"),
        _reference("submission_id", "submissions.id", nullable=True),
        _reference("refusal_id", "refusals.id", nullable=True),
        _reference("register_id", "registers.id", nullable=True),
        sa.CheckConstraint("(kind = 'refused') = (refusal_id IS NOT NULL)", name="refused"),
        sa.CheckConstraint(
            "(CASE WHEN submission_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN refusal_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN register_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="of_one_thing",
        ),
    )
    for name in ("submission_id", "refusal_id", "register_id"):
        op.create_index(f"receipts_{name}", "receipts", [name, "import_id"])


def _refuse_changes() -> None:
    is_sqlite = op.get_context().dialect.name == "sqlite"
    if not is_sqlite:
        op.execute(_POSTGRESQL_REFUSES)
    for table in sa.inspect(op.get_bind()).get_table_names():
        if table == "schema_revision":
            continue
        if is_sqlite:
            for change in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )
            if table in _RECEIVED:
                taken = f"EXISTS (SELECT 1 FROM {table} WHERE {_same_key(table)})"  # noqa: S608 - names of our own
                op.execute(
                    f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {taken} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )
        else:
            op.execute(
                f"CREATE TRIGGER {table}_unchanged BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )


def _same_key(table: str) -> str:
    """The condition that a row has a key of the one to be inserted."""
    inspector = sa.inspect(op.get_bind())
    uniques = [each["column_names"] for each in inspector.get_unique_constraints(table)]
    keys = [inspector.get_pk_constraint(table)["constrained_columns"], *uniques]
    return " OR ".join("(" + " AND ".join(f"{name} = NEW.{name}" for name in key) + ")" for key in keys)


# Ids are given by the store, which writes one transaction at a time, so they rise in the order of commits.
def _id() -> sa.Column[int]:
    return sa.Column("id", sa.Integer, primary_key=True, autoincrement=False)


def _text(name: str, *, nullable: bool = False, unique: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=nullable, unique=unique)


def _day(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Date, nullable=nullable)


def _reference(
    name: str, to: str, *, nullable: bool = False, unique: bool = False, primary_key: bool = False
) -> sa.Column[object]:
    kind = sa.Text if to == "files.sha256" else sa.Integer
    return sa.Column(name, kind, sa.ForeignKey(to), nullable=nullable, unique=unique, primary_key=primary_key)
