select
  {{ cent('amount') }} as amount
from {{ ref('b') }}
