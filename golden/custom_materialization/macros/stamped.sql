{% materialization stamped, default %}
  {% set target_relation = this.incorporate(type='table') %}
  {{ run_hooks(pre_hooks) }}
  {% call statement('main') %}
    create table {{ target_relation }} as select *, '{{ config.get("stamp") }}' as stamp from ({{ sql }}) as q
  {% endcall %}
  {{ run_hooks(post_hooks) }}
  {% do adapter.commit() %}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
