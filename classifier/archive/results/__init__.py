"""What a run writes: Parquet files, counts, rejects, rows for review; and what is read of that again."""
