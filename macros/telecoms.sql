{# An e-mail address in lower case, with its usual mistakes mended: more than two parts, and three slips of the keyboard. #}
{% macro mended_email(email) -%}
  {% set last_two_parts = replaced('lower(' ~ email ~ ')', '^.*@([^@]*@[^@]*)$', '\\1') -%}
  {% set known_hosts = "replace(replace(" ~ last_two_parts ~ ", 'gmial', 'gmail'), 'hotmaill.com', 'hotmail.com')" -%}
  {{ replaced(known_hosts, '[.]om$', '.com') }}
{%- endmacro %}


{# A complaint's status as one of four; null for anything else. #}
{% macro complaint_statuses() -%}
  {{ return(['backlog', 'in_progress', 'resolved', 'blocked']) }}
{%- endmacro %}


{# One of `names` that a text means, whatever its case, blanks, hyphens and underscores; null for anything else. #}
{% macro meant(text, names) -%}
  case {{ folded(text) }}
    {%- for name in names %} when '{{ name | lower | replace('-', '') | replace('_', '') }}' then '{{ name }}'{% endfor %}
  end
{%- endmacro %}


{# In a snapshot: since when a row holds. That is `first` for a key that is seen for the first time, else `later`. #}
{% macro version_time(key, first, later) -%}
  {% if load_relation(this) and not should_full_refresh() -%}
    case when {{ key }} in (select {{ key }} from {{ this }}) then {{ later }} else {{ first }} end
  {%- else -%}
    {{ first }}
  {%- endif %}
{%- endmacro %}


{# The versions of a snapshot as a dimension tells them: valid from the time that their row names, also where it was gone in
   between. Only a row that comes back as it was names none: it is valid from when it was seen again.
   Begins a `with` that ends in the query `versions`. #}
{% macro dimension_versions(history, key) -%}
  {% set in_order = '(partition by ' ~ key ~ ' order by dbt_valid_from)' -%}
with numbered as (

    select
        *,
        row_number() over {{ in_order }} as version_number,
        case
            when dbt_updated_at <= lag(dbt_updated_at) over {{ in_order }} then dbt_valid_from
            else dbt_updated_at
        end as valid_from
    from {{ history }}

),

followed as (

    select *, lead(valid_from) over {{ in_order }} as next_valid_from
    from numbered

),

versions as (

    select
        *,
        case when next_valid_from < dbt_valid_to then next_valid_from else dbt_valid_to end as valid_to,
        dbt_valid_to is null as is_current
    from followed

)
{%- endmacro %}


{# The values of a feed that cleaning made into something else, as rows of data_quality_issues. #}
{% macro cleaned_values(table_name, relation, record_key, field, original_value, when) -%}
select
    '{{ table_name }}' as table_name,
    {{ record_key }} as record_key,
    '{{ field }}' as field,
    {{ original_value }} as original_value
from {{ relation }}
where {{ original_value }} is not null and {{ when }}
{%- endmacro %}
