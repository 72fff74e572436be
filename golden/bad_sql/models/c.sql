select *
from {{ ref('a') }}
wher id = 1
