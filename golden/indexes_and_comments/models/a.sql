{{ config(materialized='table', indexes=[{'columns': ['id'], 'unique': true}, {'columns': ['name', 'id'], 'type': 'btree'}],
          persist_docs={'relation': true, 'columns': true}) }}
select 1 as id, 'x' as name
