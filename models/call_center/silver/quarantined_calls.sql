-- Records that tell of no call that can be used, and what could not be read at all.
{{ unusable_records(ref('bronze_calls'), source('call_center_raw', 'calls'), id='call_id') }}
