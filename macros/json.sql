{# JSON of queues and apps: parts of it may be texts that hold JSON themselves, and nothing about it is certain. #}

{# A text as JSON; null when it is none. #}
{% macro json_or_null(text) -%}
  {{ return(adapter.dispatch('json_or_null')(text)) }}
{%- endmacro %}

{% macro default__json_or_null(text) -%}
  try_parse_json({{ text }})
{%- endmacro %}

{% macro duckdb__json_or_null(text) -%}
  try_cast({{ text }} as json)
{%- endmacro %}

{% macro postgres__json_or_null(text) -%}
  {{ adapter.quote(target.schema) }}.json_or_null({{ text }})
{%- endmacro %}

{# The functions that an engine lacks, made before a run. PostgreSQL before version 16 can tell whether a text is JSON
   only by trying. #}
{% macro create_functions() -%}
  {{ return(adapter.dispatch('create_functions')()) }}
{%- endmacro %}

{% macro default__create_functions() -%}
{%- endmacro %}

{% macro postgres__create_functions() -%}
  create schema if not exists {{ adapter.quote(target.schema) }};
  create or replace function {{ adapter.quote(target.schema) }}.json_or_null(given text)
  returns jsonb language plpgsql immutable strict as $function$
  begin
    return cast(given as jsonb);
  exception when others then
    return null;
  end
  $function$
{%- endmacro %}


{# `object`, `array`, `string` … #}
{% macro json_kind(json) -%}
  {{ return(adapter.dispatch('json_kind')(json)) }}
{%- endmacro %}

{% macro default__json_kind(json) -%}
  lower(typeof({{ json }}))
{%- endmacro %}

{% macro duckdb__json_kind(json) -%}
  lower(json_type({{ json }}))
{%- endmacro %}

{% macro postgres__json_kind(json) -%}
  jsonb_typeof({{ json }})
{%- endmacro %}


{# A field of an object as text: what is no text is written as JSON. #}
{% macro json_field(json, key) -%}
  {{ return(adapter.dispatch('json_field')(json, key)) }}
{%- endmacro %}

{% macro default__json_field(json, key) -%}
  ({{ json }} ->> '{{ key }}')
{%- endmacro %}

{% macro snowflake__json_field(json, key) -%}
  cast(get({{ json }}, '{{ key }}') as varchar)
{%- endmacro %}


{# A field of an object as JSON. #}
{% macro json_part(json, key) -%}
  {{ return(adapter.dispatch('json_part')(json, key)) }}
{%- endmacro %}

{% macro default__json_part(json, key) -%}
  ({{ json }} -> '{{ key }}')
{%- endmacro %}

{% macro snowflake__json_part(json, key) -%}
  get({{ json }}, '{{ key }}')
{%- endmacro %}


{# Whether JSON is an array, and all of its elements are objects. #}
{% macro is_array_of_objects(json) -%}
  {{ return(adapter.dispatch('is_array_of_objects')(json)) }}
{%- endmacro %}

{% macro default__is_array_of_objects(json) -%}
  (is_array({{ json }}) and array_size(filter({{ json }}, element -> not is_object(element))) = 0)
{%- endmacro %}

{% macro duckdb__is_array_of_objects(json) -%}
  (
    json_type({{ json }}) = 'ARRAY'
    and len(list_filter(json_extract({{ json }}, '$[*]'), lambda element: json_type(element) <> 'OBJECT')) = 0
  )
{%- endmacro %}

{% macro postgres__is_array_of_objects(json) -%}
  (jsonb_typeof({{ json }}) = 'array' and not jsonb_path_exists({{ json }}, 'strict $[*] ? (@.type() <> "object")'))
{%- endmacro %}


{# The elements of an array and their positions from 1, as a table function: join it as
   `cross join lateral … as items(item, position)`. #}
{% macro json_elements(json) -%}
  {{ return(adapter.dispatch('json_elements')(json)) }}
{%- endmacro %}

{% macro default__json_elements(json) -%}
  (select value, index + 1 from table(flatten(input => {{ json }})))
{%- endmacro %}

{% macro duckdb__json_elements(json) -%}
  (select unnest(json_extract({{ json }}, '$[*]')), generate_subscripts(json_extract({{ json }}, '$[*]'), 1))
{%- endmacro %}

{% macro postgres__json_elements(json) -%}
  jsonb_array_elements({{ json }}) with ordinality
{%- endmacro %}


{# The value of the first entry with a key in an array of `{"key": …, "value": …}`. #}
{% macro json_entry(json, key) -%}
  {{ return(adapter.dispatch('json_entry')(json, key)) }}
{%- endmacro %}

{% macro default__json_entry(json, key) -%}
  get(filter({{ json }}, entry -> entry:key = '{{ key }}')[0], 'value')
{%- endmacro %}

{% macro duckdb__json_entry(json, key) -%}
  (list_filter(json_extract({{ json }}, '$[*]'), lambda entry: entry ->> 'key' = '{{ key }}')[1] -> 'value')
{%- endmacro %}

{% macro postgres__json_entry(json, key) -%}
  jsonb_path_query_first({{ json }}, '$[*] ? (@.key == "{{ key }}").value')
{%- endmacro %}
