"""Tagging an archive of any size: partitions in, Parquet out, on processes of this machine or on a Dask cluster."""
