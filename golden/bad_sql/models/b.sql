{{ config(materialized='table') }}

{% set columns = ['id', 'nme'] %}

select
  {% for column in columns %}
  {{ column }}{{ ',' if not loop.last }}
  {% endfor %}
from {{ ref('a') }}
