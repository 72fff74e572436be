select 1 as id,
  {{ outer_macro('x') }} as name
