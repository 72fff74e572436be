{% macro dollars(cents) %}{{ return(adapter.dispatch('dollars', 'shop')(cents)) }}{% endmacro %}
{% macro default__dollars(cents) %}{{ cents }} / 100{% endmacro %}

{% macro tell_dollars(cents) %}{{ log(dollars(cents), info=true) }}{% endmacro %}
