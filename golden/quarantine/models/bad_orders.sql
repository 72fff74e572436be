select id, quarantine_reason from {{ quarantine(ref('orders')) }}
