"""Pages for other networks: who we are, enrolment step by step, their own figures, recourse."""
