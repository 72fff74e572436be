{% materialization clone, default %}
  {% call statement('main') %}create table {{ this }} as select * from {{ defer_relation }}{% endcall %}
  {% do return({'relations': [this.incorporate(type='table')]}) %}
{% endmaterialization %}

{% materialization unit, default %}
  {% do log('expected: ' ~ config.get('expected_rows'), info=true) %}
  {% call statement('main', fetch_result=true) %}{{ get_unit_test_sql(sql, config.get('expected_sql'), ['word']) }}{% endcall %}
  {% do return({'relations': []}) %}
{% endmaterialization %}
