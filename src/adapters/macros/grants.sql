{# Grants: who may do what with a relation. #}

{# Whether a relation that is rebuilt keeps the old one's grants. #}
{% macro copy_grants() %}
  {% do return(adapter.dispatch('copy_grants', 'dbt')()) %}
{% endmacro %}

{% macro default__copy_grants() %}
  {% do return(true) %}
{% endmacro %}

{% macro support_multiple_grantees_per_dcl_statement() %}
  {% do return(adapter.dispatch('support_multiple_grantees_per_dcl_statement', 'dbt')()) %}
{% endmacro %}

{% macro default__support_multiple_grantees_per_dcl_statement() %}
  {% do return(true) %}
{% endmacro %}

{# Whether the relation may have grants from before. `full_refresh_mode`: it has been built anew. #}
{% macro should_revoke(existing_relation, full_refresh_mode=true) %}
  {% do return(existing_relation is not none and (copy_grants() if full_refresh_mode else true)) %}
{% endmacro %}

{# A query of (grantee, privilege_type), without the owner's own. #}
{% macro get_show_grant_sql(relation) %}
  {% do return(adapter.dispatch('get_show_grant_sql', 'dbt')(relation)) %}
{% endmacro %}

{% macro default__get_show_grant_sql(relation) -%}
  show grants on {{ relation.render() }}
{%- endmacro %}

{% macro get_grant_sql(relation, privilege, grantees) %}
  {% do return(adapter.dispatch('get_grant_sql', 'dbt')(relation, privilege, grantees)) %}
{% endmacro %}

{% macro default__get_grant_sql(relation, privilege, grantees) -%}
  grant {{ privilege }} on {{ relation.render() }} to {{ grantees | join(', ') }}
{%- endmacro %}

{% macro get_revoke_sql(relation, privilege, grantees) %}
  {% do return(adapter.dispatch('get_revoke_sql', 'dbt')(relation, privilege, grantees)) %}
{% endmacro %}

{% macro default__get_revoke_sql(relation, privilege, grantees) -%}
  revoke {{ privilege }} on {{ relation.render() }} from {{ grantees | join(', ') }}
{%- endmacro %}

{# The statements that `get_dcl_macro` (`get_grant_sql` or `get_revoke_sql`) writes for {privilege: [grantees]}. #}
{% macro get_dcl_statement_list(relation, grant_config, get_dcl_macro) %}
  {% do return(adapter.dispatch('get_dcl_statement_list', 'dbt')(relation, grant_config, get_dcl_macro)) %}
{% endmacro %}

{% macro default__get_dcl_statement_list(relation, grant_config, get_dcl_macro) %}
  {% set statements = [] %}
  {% for privilege, grantees in grant_config.items() if grantees %}
    {% set groups = [grantees] if support_multiple_grantees_per_dcl_statement() else grantees | batch(1) %}
    {% for group in groups %}
      {% do statements.append(get_dcl_macro(relation, privilege, group)) %}
    {% endfor %}
  {% endfor %}
  {% do return(statements) %}
{% endmacro %}

{% macro call_dcl_statements(dcl_statement_list) %}
  {% do return(adapter.dispatch('call_dcl_statements', 'dbt')(dcl_statement_list)) %}
{% endmacro %}

{% macro default__call_dcl_statements(dcl_statement_list) %}
  {% call statement('grants') %}
    {% for dcl in dcl_statement_list %}{{ dcl }};
    {% endfor %}
  {% endcall %}
{% endmacro %}

{# Grants what the config lists; with `should_revoke`, revokes what stands and is not listed. #}
{% macro apply_grants(relation, grant_config, should_revoke) %}
  {% do return(adapter.dispatch('apply_grants', 'dbt')(relation, grant_config, should_revoke)) %}
{% endmacro %}

{# A config without grants leaves them alone: they may be managed elsewhere. #}
{% macro default__apply_grants(relation, grant_config, should_revoke=true) %}
  {% if not grant_config %}
    {% do return(none) %}
  {% endif %}
  {% set missing = grant_config %}
  {% set surplus = {} %}
  {% if should_revoke %}
    {% set standing = adapter.standardize_grants_dict(run_query(get_show_grant_sql(relation))) %}
    {% set missing = diff_of_two_dicts(grant_config, standing) %}
    {% set surplus = diff_of_two_dicts(standing, grant_config) %}
  {% endif %}
  {% set statements = get_dcl_statement_list(relation, surplus, get_revoke_sql) + get_dcl_statement_list(relation, missing, get_grant_sql) %}
  {% if statements %}
    {% do call_dcl_statements(statements) %}
  {% endif %}
{% endmacro %}
