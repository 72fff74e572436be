{#- What stands behind a model in Python: the object that it is called with. -#}

{% macro resolve_model_name(input_model_name) %}
  {{ return(adapter.dispatch('resolve_model_name', 'dbt')(input_model_name)) }}
{% endmacro %}

{%- macro default__resolve_model_name(input_model_name) -%}
  {{ input_model_name | string }}
{%- endmacro -%}

{% macro build_ref_function(model) %}
  {%- set relations = {} -%}
  {%- for call in model.refs -%}
    {%- set names = [call.package, call.name] | select | list -%}
    {%- set relation = ref(*names, v=call.version) -%}
    {#- A project's own `ref` may give a text. -#}
    {%- set relation = relation.render() if relation.render is callable else relation -%}
    {%- if call.version %}{% do names.append('v' ~ call.version) %}{% endif -%}
    {%- do relations.update({names | join('.'): resolve_model_name(relation)}) -%}
  {%- endfor -%}
def ref(*args, **kwargs):
    relations = {{ relations | tojson }}
    names = list(args)
    version = kwargs.get("v") or kwargs.get("version")
    if version:
        names.append(f"v{version}")
    return kwargs["dbt_load_df_function"](relations[".".join(names)])
{% endmacro %}

{% macro build_source_function(model) %}
  {%- set relations = {} -%}
  {%- for names in model.sources -%}
    {%- do relations.update({names | join('.'): resolve_model_name(source(*names))}) -%}
  {%- endfor -%}
def source(*args, dbt_load_df_function):
    relations = {{ relations | tojson }}
    return dbt_load_df_function(relations[".".join(args)])
{% endmacro %}

{% macro build_config_dict(model) %}
  {%- set config = model.config -%}
  {%- set values = {} -%}
  {%- for key, default in zip(config.config_keys_used or [], config.config_keys_defaults or []) -%}
    {%- do values.update({key: 'python' if key == 'language' else config.get(key, default)}) -%}
  {%- endfor -%}
  {%- set meta_values = {} -%}
  {%- for key, default in zip(config.meta_keys_used or [], config.meta_keys_defaults or []) -%}
    {%- do meta_values.update({key: (config.meta or {}).get(key, default)}) -%}
  {%- endfor -%}
config_dict = {{ values }}
meta_dict = {{ meta_values }}
{% endmacro %}

{% macro py_script_postfix(model) %}
# From here on: what the model's `dbt` means. Changes are lost.

{{ build_ref_function(model) }}
{{ build_source_function(model) }}
{{ build_config_dict(model) }}
class config:
    def __init__(self, *args, **kwargs):
        pass

    @staticmethod
    def get(key, default=None):
        return config_dict.get(key, default)

    @staticmethod
    def meta_get(key, default=None):
        return meta_dict.get(key, default)


class this:
    database = "{{ this.database }}"
    schema = "{{ this.schema }}"
    identifier = "{{ this.identifier }}"

    def __repr__(self):
        return '{{ resolve_model_name(this) }}'


class dbtObj:
    def __init__(self, load_df_function) -> None:
        self.source = lambda *args: source(*args, dbt_load_df_function=load_df_function)
        self.ref = lambda *args, **kwargs: ref(*args, **kwargs, dbt_load_df_function=load_df_function)
        self.config = config
        self.this = this()
        self.is_incremental = {{ is_incremental() }}

{{ py_script_comment() }}
{% endmacro %}

{#- The statements that run a script inside the database, for engines that have Python. -#}
{% macro python_job_sql(parsed_model, compiled_code) %}
  {% do return(adapter.dispatch('python_job_sql', 'dbt')(parsed_model, compiled_code)) %}
{% endmacro %}

{% macro default__python_job_sql(parsed_model, compiled_code) %}
  {% do exceptions.raise_compiler_error('models in Python are not supported on ' ~ adapter.type() ~ ': write the model in SQL') %}
{% endmacro %}

{#- For projects to say how the script is run by hand. -#}
{% macro py_script_comment() %}
{% endmacro %}
