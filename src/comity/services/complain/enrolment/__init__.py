"""Enrolment of those who want feedback from us without an agreement that both signed."""
