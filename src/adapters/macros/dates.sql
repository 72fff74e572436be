{# Dates in templates, not in SQL. #}

{% macro convert_datetime(date_str, date_fmt) %}
  {% do return(modules.datetime.datetime.strptime(date_str, date_fmt)) %}
{% endmacro %}

{# Every day from the first to the last, each as text. #}
{% macro dates_in_range(start_date_str, end_date_str=none, in_fmt='%Y%m%d', out_fmt='%Y%m%d') %}
  {% set first = convert_datetime(start_date_str, in_fmt) %}
  {% set last = convert_datetime(end_date_str or start_date_str, in_fmt) %}
  {% set days = (last - first).days %}
  {% if days < 0 %}
    {% do exceptions.raise_compiler_error('the range of dates ends (' ~ end_date_str ~ ') before it begins (' ~ start_date_str ~ ')') %}
  {% endif %}
  {% set dates = [] %}
  {% for day in range(days + 1) %}
    {% do dates.append((first + modules.datetime.timedelta(days=day)).strftime(out_fmt)) %}
  {% endfor %}
  {% do return(dates) %}
{% endmacro %}

{# The days of `20240101` or `20240101,20240131`. #}
{% macro partition_range(raw_partition_date, date_fmt='%Y%m%d') %}
  {% set ends = (raw_partition_date | string).split(',') %}
  {% if ends | length > 2 %}
    {% do exceptions.raise_compiler_error("a range of partitions is one date or two, separated by a comma; '" ~ raw_partition_date ~ "' is neither") %}
  {% endif %}
  {% do return(dates_in_range(ends[0] | trim, ends[1] | trim if ends | length == 2 else none, in_fmt=date_fmt)) %}
{% endmacro %}

{# The time of day to the microsecond, as digits: for names that do not meet again. #}
{% macro py_current_timestring() %}
  {% do return(modules.datetime.datetime.now().strftime('%Y%m%d%H%M%S%f')) %}
{% endmacro %}
