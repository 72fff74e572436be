{# Constraints of tables that stay. #}

{# A relation as a literal that PostgreSQL looks up. #}
{% macro postgres_regclass(relation) -%}
  {{ string_literal(escape_single_quotes(relation.include(database=false) | string)) }}::regclass
{%- endmacro %}

{# A name as the server has it: folded unless it is written in quotes. #}
{% macro postgres_folded(name) %}
  {% do return(name[1:-1] | replace('""', '"') if name.startswith('"') else name | lower) %}
{% endmacro %}

{# The names that the contract gives to constraints of the whole model. #}
{% macro postgres_declared_names() %}
  {% set names = [] %}
  {% for constraint in model.get('constraints') or [] if constraint.get('name') %}
    {% do names.append(postgres_folded(constraint.name)) %}
  {% endfor %}
  {% do return(names) %}
{% endmacro %}

{% macro postgres__release_names(existing) %}
  {% set declared = postgres_declared_names() %}
  {% set query %}
    select conname as name
    from pg_catalog.pg_constraint
    where conrelid = {{ postgres_regclass(existing) }} and contype in ('p', 'u', 'x')
  {% endset %}
  {% for row in run_query(query).rows if row['name'] in declared %}
    {# Renaming an index does not keep readers of the table away, as renaming its constraint would. #}
    {% do run_query(
      'alter index ' ~ existing.incorporate(path={'identifier': row['name']}).include(database=false)
      ~ ' rename to ' ~ adapter.quote(row['name'][:50] ~ '__dbt_old')
    ) %}
  {% endfor %}
{% endmacro %}

{# What marks a constraint as the contract's own: others, which hooks or hands have added, are left alone. #}
{% macro postgres_contract_mark() %}
  {% do return('sqlbuild: declared by ' ~ model.unique_id) %}
{% endmacro %}

{# The name that the server gives to a constraint without one, made for a table of another name. A name that is too long
   keeps a digest of the whole. #}
{% macro postgres__settle_names(relation, built_as) %}
  {% set declared = postgres_declared_names() %}
  {% set marks = config.get('contract').enforced and config.get('materialized') == 'incremental' %}
  {% set query %}
    with found as (
      select
        con.conname as name,
        con.contype,
        (
          select string_agg(att.attname, '_' order by key.position)
          from unnest(con.conkey) with ordinality as key (attnum, position)
          inner join pg_catalog.pg_attribute as att on att.attrelid = con.conrelid and att.attnum = key.attnum
          where con.contype not in ('p', 'c') or cardinality(con.conkey) = 1 and con.contype = 'c'
        ) as columns,
        case con.contype when 'p' then '_pkey' when 'u' then '_key' when 'f' then '_fkey' when 'c' then '_check' else '_excl' end as label
      from pg_catalog.pg_constraint as con
      where con.conrelid = {{ postgres_regclass(relation) }} and con.contype in ('p', 'u', 'f', 'c', 'x') and con.conparentid = 0
    )
    select
      name,
      contype::text as kind,
      {{ string_literal(escape_single_quotes(relation.identifier)) }} || coalesce('_' || columns, '') as stem,
      label,
      starts_with(name, {{ string_literal(escape_single_quotes(built_as.identifier ~ '_')) }})
      or octet_length({{ string_literal(escape_single_quotes(built_as.identifier)) }} || coalesce('_' || columns, '') || label) > 63
      and starts_with(name, {{ string_literal(escape_single_quotes(built_as.identifier[:25])) }}) as is_given
    from found
    order by name
  {% endset %}
  {% set statements = [] %}
  {% set taken = [] %}
  {% for row in run_query(query).rows %}
    {% set settled = namespace(name=row['name']) %}
    {% if row['is_given'] and row['name'] not in declared and built_as.identifier != relation.identifier %}
      {% set settled.name = postgres_fitting_name(row['stem'], row['label']) %}
      {% for number in range(1, 100) if settled.name in taken %}
        {% set settled.name = postgres_fitting_name(row['stem'], row['label'] ~ number) %}
      {% endfor %}
      {% if settled.name != row['name'] %}
        {% do statements.append(
          'alter table ' ~ relation.include(database=false) ~ ' rename constraint ' ~ adapter.quote(row['name']) ~ ' to ' ~ adapter.quote(settled.name)
        ) %}
      {% endif %}
    {% endif %}
    {% do taken.append(settled.name) %}
    {% if marks %}
      {% do statements.append(postgres_mark_constraint_sql(relation, settled.name)) %}
    {% endif %}
  {% endfor %}
  {% if built_as.identifier != relation.identifier %}
    {% do statements.append(postgres_settle_partitions_sql(relation, built_as)) %}
  {% endif %}
  {% set sql = join_statements(statements) %}
  {% if sql | trim %}
    {% do run_query(sql) %}
  {% endif %}
  {% if config.get('indexes') %}
    {% do sync_indexes(relation) %}
  {% endif %}
{% endmacro %}

{% macro postgres_mark_constraint_sql(relation, name) -%}
  comment on constraint {{ adapter.quote(name) }} on {{ relation.include(database=false) }} is {{ string_literal(escape_single_quotes(postgres_contract_mark())) }}
{%- endmacro %}

{# `stem` and `ending` in 63 bytes. #}
{% macro postgres_fitting_name(stem, ending) %}
  {% do return(cut_to(stem, 63 - (ending | length)) ~ ending) %}
{% endmacro %}

{# The server says how it understands the declared constraints: it makes a table with them, which is undone at once,
   together with the locks that it took. #}
{% macro postgres_declared_constraints(relation) %}
  {% if not config.get('contract').enforced %}
    {% do return({'constraints': [], 'columns': none}) %}
  {% endif %}
  {% set shadow = relation.incorporate(path={'identifier': postgres_fitting_name(relation.identifier, '__dbt_contract')}) %}
  {% set raw = [] %}
  {% set names = {} %}
  {% for constraint in model.get('constraints') or [] %}
    {% set copy = {} %}
    {% do copy.update(constraint) %}
    {% if constraint.get('name') %}
      {% set stand_in = postgres_fitting_name(relation.identifier, '__dbt_contract_' ~ loop.index) %}
      {% do names.update({stand_in: postgres_folded(constraint.name)}) %}
      {% do copy.update({'name': adapter.quote(stand_in)}) %}
    {% endif %}
    {% do raw.append(copy) %}
  {% endfor %}
  {% set parts = adapter.render_raw_columns_constraints(raw_columns=model['columns']) + adapter.render_raw_model_constraints(raw_constraints=raw) %}
  {% do run_query('savepoint declared_constraints') %}
  {% do run_query('create table ' ~ shadow.include(database=false) ~ ' (' ~ parts | join(', ') ~ ')') %}
  {% set constraints = [] %}
  {% for row in run_query(postgres_constraints_sql(shadow)).rows %}
    {% do constraints.append({'kind': row['kind'], 'definition': row['definition'], 'name': names.get(row['name'])}) %}
  {% endfor %}
  {% set columns = {} %}
  {% for row in run_query(postgres_not_null_sql(shadow)).rows %}
    {% do columns.update({row['name']: row['is_not_null']}) %}
  {% endfor %}
  {% do run_query('rollback to savepoint declared_constraints') %}
  {% do return({'constraints': constraints, 'columns': columns}) %}
{% endmacro %}

{# When a foreign key is checked is not the contract's affair. #}
{% macro postgres_constraints_sql(relation) -%}
  select
    con.conname as name,
    con.contype::text as kind,
    regexp_replace(pg_catalog.pg_get_constraintdef(con.oid), '( DEFERRABLE)?( NOT VALID)?$', '') as definition,
    con.convalidated as is_valid,
    coalesce(pg_catalog.obj_description(con.oid, 'pg_constraint') like 'sqlbuild: declared by %', false) as is_marked
  from pg_catalog.pg_constraint as con
  where con.conrelid = {{ postgres_regclass(relation) }}
    and con.contype in ('p', 'u', 'f', 'c', 'x')
    and con.conislocal
  order by con.contype = 'f', con.conname
{%- endmacro %}

{% macro postgres_not_null_sql(relation) -%}
  select attname as name, attnotnull as is_not_null
  from pg_catalog.pg_attribute
  where attrelid = {{ postgres_regclass(relation) }} and attnum > 0 and not attisdropped
{%- endmacro %}

{# {drop, rename, add, validate, mark: constraints; nullable, not_null: columns}. A declared constraint is there when one
   with its definition is, and with its name if it has one. What is there and not declared goes if it was declared once,
   or if it is in the way of one that is. #}
{% macro postgres__get_constraint_changes(relation) %}
  {% set declared = postgres_declared_constraints(relation) %}
  {% set changes = {'drop': [], 'rename': [], 'add': [], 'validate': [], 'mark': [], 'nullable': [], 'not_null': []} %}
  {% set standing = [] %}
  {% for row in run_query(postgres_constraints_sql(relation)).rows %}
    {% do standing.append({'name': row['name'], 'kind': row['kind'], 'definition': row['definition'], 'is_valid': row['is_valid'], 'is_marked': row['is_marked']}) %}
  {% endfor %}

  {% set matched = [] %}
  {% set missing = [] %}
  {% for wanted in declared.constraints %}
    {% set found = namespace(constraint=none) %}
    {% for there in standing if there.name not in matched and there.definition == wanted.definition %}
      {% if found.constraint is none or there.name == wanted.name %}
        {% set found.constraint = there %}
      {% endif %}
    {% endfor %}
    {% if found.constraint is none %}
      {% do missing.append(wanted) %}
    {% else %}
      {% do matched.append(found.constraint.name) %}
      {% set name = wanted.name or found.constraint.name %}
      {% if name != found.constraint.name %}
        {% do changes.rename.append({'from': found.constraint.name, 'to': name}) %}
      {% endif %}
      {% if not found.constraint.is_valid %}
        {% do changes.validate.append(name) %}
      {% endif %}
      {% if not found.constraint.is_marked %}
        {% do changes.mark.append(name) %}
      {% endif %}
    {% endif %}
  {% endfor %}

  {% set wanted_names = missing | map(attribute='name') | select | list %}
  {% set wants_key = 'p' in missing | map(attribute='kind') | list %}
  {% for there in standing if there.name not in matched %}
    {% if there.is_marked or there.name in wanted_names or there.kind == 'p' and wants_key %}
      {% do changes.drop.append(there.name) %}
    {% elif not there.is_valid %}
      {% do changes.validate.append(there.name) %}
    {% endif %}
  {% endfor %}
  {% do changes.add.extend(missing) %}

  {% if declared.columns is not none %}
    {% for row in run_query(postgres_not_null_sql(relation)).rows if row['name'] in declared.columns %}
      {% if row['is_not_null'] and not declared.columns[row['name']] %}
        {% do changes.nullable.append(row['name']) %}
      {% elif declared.columns[row['name']] and not row['is_not_null'] %}
        {% do changes.not_null.append(row['name']) %}
      {% endif %}
    {% endfor %}
  {% endif %}
  {% do return(changes) %}
{% endmacro %}

{% macro postgres__drop_outdated_constraints(relation, changes) %}
  {% set table = relation.include(database=false) %}
  {% set statements = [] %}
  {% for name in changes.drop %}
    {% do statements.append(get_drop_constraint_sql(relation, name)) %}
  {% endfor %}
  {% for name in changes.nullable %}
    {% do statements.append('alter table ' ~ table ~ ' alter column ' ~ adapter.quote(name) ~ ' drop not null') %}
  {% endfor %}
  {% for change in changes.rename %}
    {% do statements.append('alter table ' ~ table ~ ' rename constraint ' ~ adapter.quote(change.from) ~ ' to ' ~ adapter.quote(change.to)) %}
  {% endfor %}
  {% if statements %}
    {% do run_query(join_statements(statements)) %}
  {% endif %}
{% endmacro %}

{% macro postgres__apply_declared_constraints(relation, changes) %}
  {% set table = relation.include(database=false) %}
  {% for name in changes.not_null %}
    {% do run_query('alter table ' ~ table ~ ' alter column ' ~ adapter.quote(name) ~ ' set not null') %}
  {% endfor %}
  {% for constraint in changes.add %}
    {% set name = adapter.quote(constraint.name) if constraint.name else none %}
    {% do run_query('alter table ' ~ table ~ ' add ' ~ ('constraint ' ~ name ~ ' ' if name else '') ~ constraint.definition) %}
  {% endfor %}
  {% for name in changes.validate %}
    {% do run_query(get_validate_constraint_sql(relation, name)) %}
  {% endfor %}
  {% set statements = [] %}
  {% for name in changes.mark %}
    {% do statements.append(postgres_mark_constraint_sql(relation, name)) %}
  {% endfor %}
  {% if changes.add %}
    {% set added = changes.add | map(attribute='definition') | list %}
    {% for row in run_query(postgres_constraints_sql(relation)).rows if not row['is_marked'] and row['definition'] in added %}
      {% do statements.append(postgres_mark_constraint_sql(relation, row['name'])) %}
    {% endfor %}
  {% endif %}
  {% if statements %}
    {% do run_query(join_statements(statements)) %}
  {% endif %}
{% endmacro %}

{% macro postgres__has_foreign_keys() %}
  {% set query %}select exists (select from pg_catalog.pg_constraint where contype = 'f') as found{% endset %}
  {% do return(run_query(query).rows[0]['found']) %}
{% endmacro %}

{# Partitions repeat the keys of their table; those are left out. #}
{% macro postgres__get_referring_keys(relation, itself=false) %}
  {% set query %}
    select
      namespace.nspname as child_schema,
      class.relname as child_name,
      con.conname as name,
      regexp_replace(pg_catalog.pg_get_constraintdef(con.oid), ' NOT VALID$', '') as definition,
      con.condeferrable as deferrable,
      class.relkind = 'p' as partitioned
    from pg_catalog.pg_constraint as con
    inner join pg_catalog.pg_class as class on class.oid = con.conrelid
    inner join pg_catalog.pg_namespace as namespace on namespace.oid = class.relnamespace
    where con.contype = 'f'
      and con.conparentid = 0
      and con.confrelid = {{ postgres_regclass(relation) }}
      {{ '' if itself else 'and con.conrelid <> con.confrelid' }}
    order by 1, 2, 3
  {% endset %}
  {% do return(run_query(query)) %}
{% endmacro %}
