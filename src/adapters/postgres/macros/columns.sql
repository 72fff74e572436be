{% macro postgres__get_columns_in_relation(relation) %}
  {% do return(default__get_columns_in_relation(relation)) %}
{% endmacro %}

{# In place where no view stands in the way; else by way of a new column, which takes such views along. #}
{% macro postgres__alter_column_type(relation, column_name, new_column_type) %}
  {% set column = adapter.quote(column_name) %}
  {% set dependents = run_query(postgres__column_dependents_sql(relation, column_name)) %}
  {% if not (dependents.rows | length) %}
    {% do return(default__alter_column_type(relation, column_name, new_column_type)) %}
  {% endif %}
  {% set aside = adapter.quote(column_name[:50] ~ '__dbt_alter') %}
  {% call statement('alter_column_type') %}
    alter table {{ relation.render() }} add column {{ aside }} {{ new_column_type }};
    update {{ relation.render() }} set {{ aside }} = {{ cast(column, new_column_type) }};
    alter table {{ relation.render() }} drop column {{ column }} cascade;
    alter table {{ relation.render() }} rename column {{ aside }} to {{ column }}
  {% endcall %}
{% endmacro %}

{# Views that read the column. #}
{% macro postgres__column_dependents_sql(relation, column_name) -%}
  select depend.objid
  from pg_depend as depend
  join pg_attribute as attribute
    on attribute.attrelid = depend.refobjid and attribute.attnum = depend.refobjsubid
  where depend.classid = 'pg_rewrite'::regclass
    and depend.refobjid = {{ string_literal(escape_single_quotes(relation.include(database=false).render())) }}::regclass
    and attribute.attname = {{ string_literal(escape_single_quotes(column_name)) }}
{%- endmacro %}
