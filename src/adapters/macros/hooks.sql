{# Around a node's work, in engines whose sessions a node's config sets something of. `leave_node` gets what `enter_node`
   returned. #}
{% macro enter_node() %}
  {% do return(adapter.dispatch('enter_node', 'dbt')()) %}
{% endmacro %}

{% macro default__enter_node() %}
{% endmacro %}

{% macro leave_node(standing) %}
  {% do return(adapter.dispatch('leave_node', 'dbt')(standing)) %}
{% endmacro %}

{% macro default__leave_node(standing) %}
{% endmacro %}

{# Hooks as mappings that say whether they run inside the node's transaction. #}

{% macro make_hook_config(sql, inside_transaction) %}
  {% do return(tojson({'sql': sql, 'transaction': inside_transaction})) %}
{% endmacro %}

{% macro before_begin(sql) %}
  {% do return(make_hook_config(sql, inside_transaction=false)) %}
{% endmacro %}

{% macro in_transaction(sql) %}
  {% do return(make_hook_config(sql, inside_transaction=true)) %}
{% endmacro %}

{% macro after_commit(sql) %}
  {% do return(make_hook_config(sql, inside_transaction=false)) %}
{% endmacro %}

{# For materializations of projects. What runs outside a transaction ends the one that is open. #}
{% macro run_hooks(hooks, inside_transaction=true) %}
  {% for hook in hooks | selectattr('transaction', 'equalto', inside_transaction) %}
    {% if loop.first and not inside_transaction %}
      {% do adapter.commit() %}
    {% endif %}
    {% set sql = render(hook.get('sql')) | trim %}
    {% if sql %}
      {% call statement(auto_begin=inside_transaction) %}{{ sql }}{% endcall %}
    {% endif %}
  {% endfor %}
{% endmacro %}

{# `{% call set_sql_header(config) %} … {% endcall %}`: statements to run before the model's own. #}
{% macro set_sql_header(config) %}
  {% do config.set('sql_header', caller()) %}
{% endmacro %}
