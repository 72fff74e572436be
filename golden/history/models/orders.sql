select o.id, o.ordered_on, c.city
from (values (1, date '2024-01-01'), (2, date '2024-01-03'), (3, date '2024-01-09')) as o(id, ordered_on)
{{ as_of_join(ref('customers_history'), 'c', on='c.id = 1', at='o.ordered_on') }}
