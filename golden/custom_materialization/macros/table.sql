{% materialization table, default %}
  {% set target_relation = this.incorporate(type='table') %}
  {{ run_hooks(pre_hooks) }}
  {% do drop_relation_if_exists(load_cached_relation(this)) %}
  {% call statement('main') %}
    {{ get_create_table_as_sql(false, target_relation, 'select *, 1 as by_the_project from (' ~ sql ~ ') as q') }}
  {% endcall %}
  {{ run_hooks(post_hooks) }}
  {% do adapter.commit() %}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{% materialization unwritten, default, supported_languages=['python'] %}
  {{ return({'relations': []}) }}
{% endmaterialization %}
