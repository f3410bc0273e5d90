"""Join what serves those who get reports from us: enrolment, and report cards."""
