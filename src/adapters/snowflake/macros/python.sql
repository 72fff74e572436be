{#- Models in Python: their scripts run as procedures, with the rights of the caller. -#}

{% macro snowflake__python_job_sql(parsed_model, compiled_code) -%}
  {% set settings = parsed_model.config -%}
  {% set procedure = snowflake_procedure(settings, compiled_code) -%}
  {% if settings.get('use_anonymous_sproc', true) -%}
with model__dbt_sp as procedure ()
{{ procedure }}
call model__dbt_sp();
  {%- else -%}
  {% set name = api.Relation.create(
    database=parsed_model.database, schema=parsed_model.schema, identifier=parsed_model.alias ~ '__dbt_sp'
  ) -%}
create or replace procedure {{ name }} ()
{{ procedure }};
call {{ name }}();
drop procedure if exists {{ name }}();
  {%- endif %}
{%- endmacro %}

{% macro snowflake_procedure(settings, code) -%}
  {% set packages = (settings.get('packages') or []) | list -%}
  {% if 'snowflake-snowpark-python' not in packages | join(' ') -%}
    {% do packages.append('snowflake-snowpark-python') -%}
  {% endif -%}
returns string
language python
runtime_version = {{ snowflake_texts([settings.get('python_version', '3.10')]) }}
packages = ({{ snowflake_texts(packages) }})
  {%- if settings.get('imports') %}
imports = ({{ snowflake_texts(settings.get('imports')) }})
  {%- endif %}
  {%- if settings.get('external_access_integrations') %}
external_access_integrations = ({{ settings.get('external_access_integrations') | join(', ') }})
  {%- endif %}
  {%- if settings.get('secrets') %}
secrets = (
    {%- for name, secret in settings.get('secrets').items() %}{{ snowflake_texts([name]) }} = {{ secret }}{{ ', ' if not loop.last }}{% endfor -%}
  )
  {%- endif %}
handler = 'main'
execute as caller
as
{{ snowflake_body(code) }}
{%- endmacro %}

{# Texts as literals. #}
{% macro snowflake_texts(texts) -%}
  {%- for text in texts %}{{ string_literal(escape_single_quotes(text | string)) }}{{ ', ' if not loop.last }}{% endfor -%}
{%- endmacro %}

{#- The script of a model, and what writes the frame that it returns, of Snowpark or of pandas, to a table. -#}
{% macro py_write_table(compiled_code, target_relation, temporary=false) -%}
  {% if snowflake_is_iceberg() and not temporary -%}
    {% do exceptions.raise_compiler_error('a model in Python cannot be an Iceberg table: read it from a model in SQL that is one') -%}
  {% endif -%}
{{ compiled_code }}


def materialize(session, frame):
    if not hasattr(frame, "write"):
        if not session.get_current_schema():
            session.use_schema({{ target_relation.without_identifier().render() | tojson }})
        frame = session.create_dataframe(frame)
    table = frame.write.mode("overwrite")
    table.save_as_table({{ resolve_model_name(target_relation) | tojson }}, table_type="{{ snowflake_table_modifier(temporary) | trim }}")


def main(session):
    materialize(session, model(dbtObj(session.table), session))
    return "OK"
{%- endmacro %}
