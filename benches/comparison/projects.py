"""The projects that programs are compared on: the same files for the same arguments."""

ROWS = 200
SHAPES = ["layers", "chain", "fan", "heavy", "seeds"]


def generate(place, shape, arguments):
    """Writes a project; returns the SQL that makes the tables which it reads, by target."""
    for folder in ["models", "seeds", "macros"]:
        (place / folder).mkdir(parents=True)
    (place / "dbt_project.yml").write_text("name: bench\nprofile: bench\nversion: '1.0'\n")
    if shape == "heavy":
        return heavy(place, arguments.rows)
    if shape == "seeds":
        return seeds(place, arguments.megabytes)
    return many(place, shape, arguments.models)


def many(place, shape, models):
    """Many small models: in layers, each built from the one before it, or all from one."""
    (place / "macros/rounded.sql").write_text(
        "{% macro rounded(value) %}round(cast({{ value }} as numeric(18, 4)), 2){% endmacro %}\n"
    )
    rows = "".join(f"{row},{row % 7},{row * 31 % 1000}\n" for row in range(1, ROWS + 1))
    (place / "seeds/accounts.csv").write_text("id,part,amount\n" + rows)
    entries = []
    for number in range(models):
        folder = place / "models" / f"area_{number // 50}"
        folder.mkdir(exist_ok=True)
        (folder / f"m{number}.sql").write_text(small_model(shape, number, models))
        tests = "[not_null]" if number % 2 else "[not_null, unique]"
        entries.append(f"  - name: m{number}\n    columns:\n      - name: id\n        data_tests: {tests}\n")
    (place / "models/models.yml").write_text("version: 2\nmodels:\n" + "".join(entries))
    return {}


def small_model(shape, number, models):
    if shape == "chain":
        kind = "table" if number % 10 == 9 else "view"
        source = f"m{number - 1}" if number else "accounts"
    elif shape == "fan":
        kind, source = "view", "accounts" if number == 0 else "m0"
    else:
        layer = number * 3 // models
        kind = "view" if layer < 2 and number % 5 else "table"
        source = f"m{number - models // 3}" if layer else "accounts"
    return (
        f"{{{{ config(materialized='{kind}') }}}}\n\n"
        f"with source as (\n    select * from {{{{ ref('{source}') }}}}\n)\n\n"
        "select\n    id,\n    part,\n"
        f"    {{{{ rounded('amount / 2 + {number % 9}') }}}} as amount,\n"
        "    case {% for word in ['low', 'middle', 'high'] %}when part = {{ loop.index }} then '{{ word }}' "
        "{% endfor %}else 'other' end as level\nfrom source\nwhere id is not null\n"
    )


def heavy(place, rows):
    """Few models over many rows: what they cost is what their SQL costs."""
    models = {
        "events": ("view", "select id, customer, amount, ordered_at, cast(ordered_at as date) as day from raw.events"),
        "facts": (
            "incremental', unique_key='id",
            "select id, customer, amount, day, amount * 1.2 as gross from {{ ref('events') }}\n"
            "{% if is_incremental() %}where day >= (select max(day) from {{ this }}){% endif %}",
        ),
        "customers": (
            "table",
            "select customer, min(day) as since, count(*) as events, sum(gross) as gross from {{ ref('facts') }} group by 1",
        ),
        "days": (
            "table",
            "select day, count(distinct facts.customer) as customers, sum(facts.gross / customers.events) as share\n"
            "from {{ ref('facts') }} as facts join {{ ref('customers') }} as customers on facts.customer = customers.customer\n"
            "group by 1",
        ),
    }
    for name, (kind, sql) in models.items():
        (place / f"models/{name}.sql").write_text(f"{{{{ config(materialized='{kind}') }}}}\n{sql}\n")
    keys = {"facts": "id", "customers": "customer", "days": "day"}
    entry = "  - name: {}\n    columns:\n      - name: {}\n        data_tests: [unique, not_null]\n"
    entries = "".join(entry.format(name, key) for name, key in keys.items())
    (place / "models/models.yml").write_text("version: 2\nmodels:\n" + entries)
    table = (
        f"create table raw.events as select i as id, cast(i as bigint) * 7919 % {max(rows // 5, 1)} as customer, "
        "cast(i as bigint) * 31 % 20000 / 100.0 as amount, timestamp '2024-01-01' + cast(i as bigint) * 61 % 31536000 * interval '1 second' as ordered_at from "
    )
    series = {"duckdb": f"range(1, {rows + 1}) as t(i)", "postgres": f"generate_series(1, {rows}) as t(i)"}
    return {target: ["create schema raw", table + series[target]] for target in series}


def seeds(place, megabytes):
    """One file of many rows."""
    with open(place / "seeds/orders.csv", "w", encoding="utf-8") as file:
        file.write("id,customer,note,amount,ordered_on\n")
        row, length = 0, megabytes << 20
        while file.tell() < length:
            lines = (
                f'{n},customer {n * 7919 % 100000},"a note, in quotes, of no. {n % 977}",{n * 31 % 100000 / 100},'
                f"2024-{n % 12 + 1:02}-{n % 28 + 1:02}\n"
                for n in range(row, row + 10000)
            )
            file.write("".join(lines))
            row += 10000
    return {}
