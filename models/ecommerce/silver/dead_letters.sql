-- Messages that cannot be used, and what could not be read at all.
{{ unusable_records(ref('stg_event_deliveries'), source('ecommerce_raw', 'events'), id='message_id') }}
