{# A relation that is built anew starts without grants. #}
{% macro postgres__copy_grants() %}
  {% do return(false) %}
{% endmacro %}

{# From the catalog rather than the information schema, which leaves out materialized views. Grants of others than the
   current role are not ours to revoke. #}
{% macro postgres__get_show_grant_sql(relation) -%}
  select
    case when entry.grantee = 0 then 'public' else pg_get_userbyid(entry.grantee) end as grantee,
    entry.privilege_type
  from pg_class as class
  join pg_namespace as namespace on namespace.oid = class.relnamespace
  cross join aclexplode(class.relacl) as entry
  where namespace.nspname = {{ string_literal(escape_single_quotes(relation.schema)) }}
    and class.relname = {{ string_literal(escape_single_quotes(relation.identifier)) }}
    and entry.grantee <> class.relowner
    and pg_get_userbyid(entry.grantee) <> current_user
    and pg_has_role(current_user, entry.grantor, 'usage')
{%- endmacro %}
