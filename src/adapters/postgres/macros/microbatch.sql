{# With a key, a batch's rows are merged; without one they take the place of the batch's slice of time. #}
{% macro postgres__get_incremental_microbatch_sql(arg_dict) %}
  {% if arg_dict['unique_key'] %}
    {% do return(get_incremental_merge_sql(arg_dict)) %}
  {% endif %}
  {% do return(default__get_incremental_microbatch_sql(arg_dict)) %}
{% endmacro %}
