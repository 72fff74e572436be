{# The least that records what has changed: the first time all of it, with an index on the key; later what joins with the
   current versions, in two statements. Nothing is checked. #}
{% macro bare(rows) %}
  {% set query = schema ~ '.' ~ ('feed' if rows == 'all' else 'changes') %}
  {% set table = schema ~ '.bare_' ~ rows %}
  {% set version = 'md5(cast(id as varchar) || cast(updated_at as varchar)), updated_at, updated_at, cast(null as timestamp)' %}
  {% if not var('batch') %}
    {% do run_query(
      'create table ' ~ table ~ ' as select *, md5(cast(id as varchar) || cast(updated_at as varchar)) as dbt_scd_id,
       updated_at as dbt_updated_at, updated_at as dbt_valid_from, cast(null as timestamp) as dbt_valid_to from ' ~ query
    ) %}
    {% if target.type == 'postgres' %}{% do run_query('create index on ' ~ table ~ ' (id); analyze ' ~ table) %}{% endif %}
  {% else %}
    {% if target.type == 'postgres' %}{% do run_query('set local random_page_cost = 1.1; analyze ' ~ query) %}{% endif %}
    {% do run_query(
      'create temporary table bare_news as select feed.*, dbt_valid_from from ' ~ query ~ ' as feed
       join ' ~ table ~ ' as versions on versions.id = feed.id and versions.dbt_valid_to is null
       where feed.updated_at > versions.dbt_valid_from'
    ) %}
    {% do run_query(
      'update ' ~ table ~ ' as versions set dbt_valid_to = news.updated_at from bare_news as news
       where versions.id = news.id and versions.dbt_valid_from = news.dbt_valid_from'
    ) %}
    {% do run_query('insert into ' ~ table ~ ' select id, name, amount, updated_at, ' ~ version ~ ' from bare_news') %}
  {% endif %}
  {% do adapter.commit() %}
{% endmacro %}
