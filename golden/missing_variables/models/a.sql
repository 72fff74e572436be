select '{{ var("cutoff") }}' as cutoff,
  '{{ env_var("GOLDEN_REGION") }}' as region
