{{ config(alias='orders_model') }}
select {{ (modules.itertools.product([1], [2]) | list)[0][1] }} as id
