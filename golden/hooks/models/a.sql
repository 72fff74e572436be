{{ config(materialized='table', post_hook=["insert into {{ target.schema }}.audit values ('after a')", "{{ note('by macro') }}"]) }}
select 1 as id
