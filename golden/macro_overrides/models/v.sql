select id, '{{ adapter.get_columns_in_relation(ref("people")) | map(attribute="name") | join(" ") }}' as seen from {{ ref('people') }}
