{# Relations beside a node's own: temporary, intermediate and backup ones. #}

{% macro make_temp_relation(base_relation, suffix='__dbt_tmp') %}
  {% do return(adapter.dispatch('make_temp_relation', 'dbt')(base_relation, suffix)) %}
{% endmacro %}

{% macro default__make_temp_relation(base_relation, suffix) %}
  {% do return(relation_with_suffix(base_relation, suffix)) %}
{% endmacro %}

{% macro make_intermediate_relation(base_relation, suffix='__dbt_tmp') %}
  {% do return(adapter.dispatch('make_intermediate_relation', 'dbt')(base_relation, suffix)) %}
{% endmacro %}

{% macro default__make_intermediate_relation(base_relation, suffix) %}
  {% do return(relation_with_suffix(base_relation, suffix)) %}
{% endmacro %}

{% macro make_backup_relation(base_relation, backup_relation_type, suffix='__dbt_backup') %}
  {% do return(adapter.dispatch('make_backup_relation', 'dbt')(base_relation, backup_relation_type, suffix)) %}
{% endmacro %}

{% macro default__make_backup_relation(base_relation, backup_relation_type, suffix) %}
  {% do return(relation_with_suffix(base_relation, suffix).incorporate(type=backup_relation_type)) %}
{% endmacro %}

{# The name must fit `longest` characters. One that has to be cut keeps a digest of the whole, for models whose long
   names begin alike are built at the same time. #}
{% macro relation_with_suffix(base_relation, suffix, longest=none) %}
  {% set name = base_relation.identifier %}
  {% if longest is not none and (name ~ suffix) | length > longest %}
    {% set ending = '_' ~ local_md5(name)[:8] ~ suffix %}
    {% if ending | length >= longest %}
      {% do exceptions.raise_compiler_error("the suffix '" ~ suffix ~ "' leaves no room for a name of " ~ longest ~ ' characters') %}
    {% endif %}
    {% do return(base_relation.incorporate(path={'identifier': name[:longest - (ending | length)] ~ ending})) %}
  {% endif %}
  {% do return(base_relation.incorporate(path={'identifier': name ~ suffix})) %}
{% endmacro %}
