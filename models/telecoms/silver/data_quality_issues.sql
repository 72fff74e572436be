-- Values that cleaning nulled or mended. Their rows are loaded all the same.
{% set customers, agents = ref('stg_customers'), ref('stg_agents') %}
{{ cleaned_values('customers', customers, 'customer_id', 'gender', 'raw_gender', 'gender is null') }}
union all
{{ cleaned_values('customers', customers, 'customer_id', 'email', 'raw_email', 'email is distinct from lower(raw_email)') }}
union all
{{ cleaned_values('customers', customers, 'customer_id', 'zip_code', 'address', 'zip_code is null') }}
union all
{{ cleaned_values('customers', customers, 'customer_id', 'state_code', 'address', 'state_code is null') }}
union all
{{ cleaned_values('agents', agents, 'agent_id', 'experience', 'raw_experience', 'experience is null') }}
