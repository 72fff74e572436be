{# The incremental strategy `mirror`: the table comes to hold exactly the rows of the query, and only what differs is
   written. `unique_key` is a column without nulls, or a list of them. #}
{% macro get_incremental_mirror_sql(arg_dict) -%}
  {% set target, rows, unique_key = arg_dict['target_relation'], arg_dict['temp_relation'], arg_dict['unique_key'] -%}
  {% set keys = [unique_key] if unique_key is string else unique_key -%}
  {% set columns = arg_dict['dest_columns'] -%}
  {% set same_row, assignments, differences = [], [], [] -%}
  {% for column in columns -%}
    {% if column.name | lower in keys -%}
      {% do same_row.append('mirrored.' ~ column.quoted ~ ' = incoming.' ~ column.quoted) -%}
    {% else -%}
      {% do assignments.append(column.quoted ~ ' = incoming.' ~ column.quoted) -%}
      {% do differences.append('mirrored.' ~ column.quoted ~ ' is distinct from incoming.' ~ column.quoted) -%}
    {% endif -%}
  {% endfor -%}
  {% set same_row = same_row | join(' and ') -%}
  {% set names = columns | map(attribute='quoted') | join(', ') -%}
  delete from {{ target }} as mirrored
  where not exists (select 1 from {{ rows }} as incoming where {{ same_row }});

  update {{ target }} as mirrored
  set {{ assignments | join(', ') }}
  from {{ rows }} as incoming
  where {{ same_row }} and ({{ differences | join(' or ') }});

  insert into {{ target }} ({{ names }})
  select {{ names }}
  from {{ rows }} as incoming
  where not exists (select 1 from {{ target }} as mirrored where {{ same_row }})
{%- endmacro %}
