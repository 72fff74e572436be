-- Complaints by customer and month; rows with a complaint only.
with monthly as (

    select
        customer_id,
        cast({{ dbt.date_trunc('month', 'request_date') }} as date) as feature_month,
        count(*) as total_complaints,
        {%- for type, name in {'call_log': 'call', 'social_media': 'social_media', 'web_form': 'web_form'}.items() %}
        count(case when complaint_type = '{{ type }}' then 1 end) as {{ name }}_complaints,
        {%- endfor %}
        count(case when resolution_status = 'resolved' then 1 end) as resolved_complaints,
        sum(days_to_resolution) as days_to_resolution,
        count(days_to_resolution) as dated_resolutions
    from (
        select
            *,
            case
                when resolution_status = 'resolved' then {{ dbt.datediff('request_date', 'resolution_date', 'day') }}
            end as days_to_resolution
        from {{ ref('conformed_complaints') }}
    ) as complaints
    group by 1, 2

)

select
    customer_id,
    feature_month,
    total_complaints,
    call_complaints,
    social_media_complaints,
    web_form_complaints,
    resolved_complaints,
    {{ rounded_ratio('100 * resolved_complaints', 'total_complaints', 2) }} as resolution_rate_pct,
    {{ rounded_ratio('days_to_resolution', 'dated_resolutions', 2) }} as avg_days_to_resolution,
    cast(sum(total_complaints) over (
        partition by customer_id order by feature_month rows between 2 preceding and current row
    ) as {{ dbt.type_int() }}) as complaints_rolling_3m,
    total_complaints - lag(total_complaints) over (partition by customer_id order by feature_month) as complaints_mom_change
from monthly
