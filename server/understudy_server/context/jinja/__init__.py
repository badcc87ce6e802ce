"""dbt's Jinja in SQL, masked to SQL of the same bytes."""
