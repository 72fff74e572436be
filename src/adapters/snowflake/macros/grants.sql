{# Grants to roles. #}

{% macro snowflake__copy_grants() %}
  {% do return(config.get('copy_grants', false)) %}
{% endmacro %}

{% macro snowflake__support_multiple_grantees_per_dcl_statement() %}
  {% do return(false) %}
{% endmacro %}

{% macro snowflake__get_show_grant_sql(relation) -%}
  show grants on {{ snowflake_table_word(relation) }} {{ relation.render() }}
{%- endmacro %}

{% macro snowflake__get_grant_sql(relation, privilege, grantees) -%}
  grant {{ privilege }} on {{ snowflake_table_word(relation) }} {{ relation.render() }} to role {{ grantees | join(', ') }}
{%- endmacro %}

{% macro snowflake__get_revoke_sql(relation, privilege, grantees) -%}
  revoke {{ privilege }} on {{ snowflake_table_word(relation) }} {{ relation.render() }} from role {{ grantees | join(', ') }}
{%- endmacro %}
