{{ config(materialized='incremental', incremental_strategy='merge', unique_key=['id'], merge_exclude_columns=['note'],
          incremental_predicates=['DBT_INTERNAL_DEST.id < 100']) }}
select * from {{ ref('accounts') }}
