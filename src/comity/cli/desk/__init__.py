"""The desk on the command line: ingest, case, shunt."""
