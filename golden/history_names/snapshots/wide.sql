{% snapshot wide %}
{{ config(strategy='check', unique_key='c0', check_cols='all', hard_deletes='invalidate') }}
select {% for number in range(150) %}{{ var('day') if number == 149 else number }} as c{{ number }}{{ ', ' if not loop.last }}{% endfor %}
{% endsnapshot %}
