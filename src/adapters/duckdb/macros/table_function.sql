{# A view with parameters: `select * from {{ ref('model') }}(1, 2)`. `parameters` are names that the query uses. #}
{% materialization table_function, adapter='duckdb' %}
  {% set target = this.incorporate(type='function') %}
  {% set parameters = config.get('parameters') or [] %}

  {% do run_hooks(pre_hooks, inside_transaction=false) %}
  {% do run_hooks(pre_hooks, inside_transaction=true) %}
  {% call statement('main') %}
    create or replace function {{ this }}({{ parameters if parameters is string else parameters | join(', ') }}) as table (
      {{ sql }}
    )
  {% endcall %}
  {% do run_hooks(post_hooks, inside_transaction=true) %}
  {% do adapter.commit() %}
  {% do run_hooks(post_hooks, inside_transaction=false) %}

  {% do return({'relations': [target]}) %}
{% endmaterialization %}
