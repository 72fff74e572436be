select
  {% for c in ['a', 'b'] %}
  1 as {{ c }},
  {% endif %}
