{# What tables of results can do. #}
{% macro shapes() %}
  {% set prices = run_query("select 1 as id, 1.5 as price union all select 2, 20.25 union all select 3, null order by 1") %}
  {% for bin in prices.bins('price').rows %}{{ log(bin.values(), info=true) }}{% endfor %}
  {% for bin in prices.bins('price', 2, 0, 10).rows %}{{ log(bin.values(), info=true) }}{% endfor %}
  {% set names = run_query("select 2 as id, 'two' as name union all select 9, 'nine' order by 1") %}
  {% for row in prices.join(names, 'id', full_outer=true).rows %}{{ log(row.values(), info=true) }}{% endfor %}
  {{ log(prices.join(names, 'id', columns=['name'], inner=true).column_names, info=true) }}
  {% set groups = prices.group_by('id', key_name='number') %}
  {{ log(groups.merge().column_names, info=true) }}
  {{ log(groups.limit(0).aggregate([]).rows | length, info=true) }}
  {{ log(prices.aggregate([]), info=true) }}
  {% do names.to_json('target/numbers.json', key='name') %}
{% endmacro %}
