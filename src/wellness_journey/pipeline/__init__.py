"""The pipeline: one run at a time, what dbt builds in it, and what dbt documents."""
