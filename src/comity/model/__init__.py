"""The words of DESIGN.md section 2 as frozen records and enums. Imports nothing of ours."""
