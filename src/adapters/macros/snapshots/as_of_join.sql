{# Joins the versions that held at a time. An interval includes its beginning and not its end; a current version has no
   end.

     from {{ ref('orders') }} o
     {{ as_of_join(ref('customers_history'), 'c', on='c.id = o.customer_id', at='o.ordered_at') }} #}
{% macro as_of_join(relation, alias, on, at, kind='left', valid_from='dbt_valid_from', valid_to='dbt_valid_to') -%}
  {{ kind }} join {{ relation }} as {{ alias }}
    on {{ on }}
    and {{ alias }}.{{ valid_from }} <= {{ at }}
    and ({{ at }} < {{ alias }}.{{ valid_to }} or {{ alias }}.{{ valid_to }} is null)
{%- endmacro %}
