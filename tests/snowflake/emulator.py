"""Serves fakesnow, an emulator of Snowflake, on a free port of loopback: emulator.py FILE writes the port to the file.

What fakesnow cannot do and tests can do without is taken here: see docs/snowflake.md.
"""

import re
import socket
import sys

import fakesnow.arrow
import fakesnow.cursor
import fakesnow.info_schema
import fakesnow.server
import fakesnow.variables
import pyarrow
import uvicorn
from sqlglot import exp

# Statements that have no effect on the emulator, and the rows that they give.
WITHOUT_EFFECT = [
    (r"(grant|revoke)\b", "select 'Statement executed successfully.' as status"),
    (r"show\s+grants\b", "select '' as privilege, '' as granted_to, '' as grantee_name where false"),
    (r"alter\s+session\s+(set|unset)\b", "select 'Statement executed successfully.' as status"),
    (r"show\s+parameters\b", "select '' as key, '' as value where false"),
    (r"comment\s+on\s+column\b", "select 'Statement executed successfully.' as status"),
    (r"use\s+warehouse\b", "select 'Statement executed successfully.' as status"),
    (r"alter\s+(transient\s+)?table\s+\S+\s+(cluster\s+by|resume\s+recluster|suspend\s+recluster)\b", "select 1"),
]


def nullable_parts(schema: pyarrow.Schema) -> pyarrow.Schema:
    """Points in time may be null; fakesnow says that their parts may not."""

    def relaxed(field: pyarrow.Field) -> pyarrow.Field:
        if not pyarrow.types.is_struct(field.type):
            return field
        parts = [part.with_nullable(True) for part in field.type]
        return field.with_type(pyarrow.struct(parts))

    return pyarrow.schema([relaxed(field) for field in schema], metadata=schema.metadata)


def without_comments(sql: str) -> str:
    return re.sub(r"\A(\s|/\*.*?\*/|--[^\n]*\n)*", "", sql, flags=re.DOTALL)


def adapted(execute):
    def run(self, command, *args, **kwargs):
        bare = without_comments(command)
        for pattern, answer in WITHOUT_EFFECT:
            if re.match(pattern, bare, re.IGNORECASE):
                return execute(self, answer, *args, **kwargs)
        return execute(self, command, *args, **kwargs)

    return run


def split_rows(node: exp.Expression) -> exp.Expression:
    """`table(split_to_table(…))` with its columns, which may read the table beside it."""
    if not (isinstance(node, exp.TableFromRows) and isinstance(node.this, exp.SplitToTable)):
        return node
    parts = exp.Anonymous(this="string_split", expressions=[node.this.this, node.this.expression])
    value = exp.Anonymous(this="unnest", expressions=[parts])
    index = exp.Anonymous(this="generate_subscripts", expressions=[parts.copy(), exp.Literal.number(1)])
    return exp.select(exp.alias_(value, "value"), exp.alias_(index, "index")).subquery("parts")


def adapted_parse(parse):
    """A temporary table with a schema is an ordinary one: DuckDB keeps its temporary tables in a schema of their own.
    A table that is made from a query has no constraints over several columns: the emulator takes them for columns."""

    def read(*args, **kwargs):
        expression = parse(*args, **kwargs).transform(split_rows)
        if not isinstance(expression, exp.Create):
            return expression
        if properties := expression.args.get("properties"):
            table = expression.find(exp.Table)
            if table is not None and table.args.get("db"):
                kept = [p for p in properties.expressions if not isinstance(p, exp.TemporaryProperty)]
                expression.set("properties", exp.Properties(expressions=kept) if kept else None)
        if isinstance(expression.this, exp.Schema) and expression.expression:
            kept = [part for part in expression.this.expressions if not isinstance(part, (exp.PrimaryKey, exp.ForeignKey, exp.Constraint))]
            expression.this.set("expressions", kept)
        return expression

    return read


to_sf = fakesnow.server.to_sf
fakesnow.server.to_sf = lambda table, rowtype: (lambda made: made.cast(nullable_parts(made.schema)))(to_sf(table, rowtype))
fakesnow.cursor.FakeSnowflakeCursor.execute = adapted(fakesnow.cursor.FakeSnowflakeCursor.execute)
fakesnow.cursor.parse_one = adapted_parse(fakesnow.cursor.parse_one)

table_comment = fakesnow.info_schema.insert_table_comment_sql


def noted_comment(catalog, schema, table, comment):
    """Quotes in comments are doubled. What `merge` gathers has none: noting that would end the transaction it is part of."""
    if table.lower() == "merge_candidates":
        return "select 1"
    return table_comment(catalog, schema, table, comment and comment.replace("'", "''"))


fakesnow.info_schema.insert_table_comment_sql = noted_comment


def outside_of_texts(inline_variables):
    """A dollar in a text begins no variable."""

    def inline(self, sql):
        hidden = re.sub(r"'(?:[^'\\]|\\.|'')*'", lambda text: text.group().replace("$", "\0"), sql)
        return inline_variables(self, hidden).replace("\0", "$")

    return inline


fakesnow.variables.Variables.inline_variables = outside_of_texts(fakesnow.variables.Variables.inline_variables)


async def app(scope, receive, send):
    """Answers that a statement failed come with HTTP's status 200, as Snowflake's do."""

    async def answer(message):
        if message["type"] == "http.response.start" and message["status"] == 500:
            message = {**message, "status": 200}
        await send(message)

    await fakesnow.server.app(scope, receive, answer if scope["type"] == "http" else send)


if __name__ == "__main__":
    listener = socket.create_server(("127.0.0.1", 0), backlog=256)
    with open(sys.argv[1], "w") as file:
        print(listener.getsockname()[1], file=file)
    uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[listener])
