//! A node → its SQL: the dbt context, ephemeral models as common table expressions, and the way back from SQL to the template.
