with days as (
    {{ dbt.date_spine('day', "cast('2020-01-01' as date)", "cast('2031-01-01' as date)") }}
)

select
    {{ date_key('date_day') }} as date_key,
    cast(date_day as date) as date_day,
    {{ iso_day_of_week('date_day') }} as day_of_week,
    {{ name_of(
        iso_day_of_week('date_day'),
        ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']
    ) }} as day_of_week_name,
    {{ name_of(
        'extract(month from date_day)',
        ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December']
    ) }} as month_name,
    cast(extract(quarter from date_day) as {{ dbt.type_int() }}) as quarter_of_year,
    cast(extract(year from date_day) as {{ dbt.type_int() }}) as year
from days
