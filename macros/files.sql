{# Models whose rows come from files: in each run they look only at files that were read since the last one. Their columns
   `file_name` and `loaded_at` say which file a row is from, and when that was read. #}

{# Whether a file has to be looked at. #}
{% macro is_changed(file_name, loaded_at) -%}
  {%- if is_incremental() -%}
  not exists (
    select 1 from {{ this }} as known where known.file_name = {{ file_name }} and known.loaded_at = {{ loaded_at }}
  )
  {%- else -%}
  true
  {%- endif -%}
{%- endmacro %}

{# Takes rows out of a relation that are from files as they were, not as they are; or from files that are gone. #}
{% macro forget_changed(relation, files, file_name='_file', loaded_at='_loaded_at') -%}
  delete from {{ relation }} as known
  where not exists (
    select 1
    from {{ files }} as files
    where files.{{ file_name }} = known.file_name and files.{{ loaded_at }} = known.loaded_at
  )
{%- endmacro %}

{# The relation that a model's own bad rows go to, for its hooks. #}
{% macro own_quarantine() -%}
  {{ return(this.incorporate(path={'identifier': this.identifier ~ '_quarantine'})) }}
{%- endmacro %}

{# A record of JSON files: `*.json` holds one, and goes by its name; `*.jsonl` holds one a line. #}
{% macro record_name(file_name, line) -%}
  case when {{ file_name }} like '%.json' then {{ file_name }} else {{ file_name }} || ':' || {{ line }} end
{%- endmacro %}

{# Whether a file that is to be one record is more. #}
{% macro has_other_records(file_name) -%}
  ({{ file_name }} like '%.json' and count(*) over (partition by {{ file_name }}) > 1)
{%- endmacro %}

{# The columns that say which record of a source's files a row is. #}
{% macro record_of_file() -%}
  _file as file_name,
        _loaded_at as loaded_at,
        {{ record_name('_file', '_line') }} as record_name,
        {{ has_other_records('_file') }} as has_other_records
{%- endmacro %}

{# The bad rows of a model that reads a source's JSON files, and what of these could not be read at all. #}
{% macro unusable_records(model, source, id) -%}
select
    case when quarantine_reason = 'not_json' then file_name else record_name end as file_name,
    case when quarantine_reason <> 'not_json' then {{ id }} end as {{ id }},
    quarantine_reason as reason
from {{ quarantine(model) }}

union

select {{ record_name('_file', '_line') }} as file_name, null as {{ id }}, 'not_json' as reason
from {{ quarantine(source) }}
{%- endmacro %}
