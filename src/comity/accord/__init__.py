"""What networks agree on and state together: arithmetic of joint statements, recourse, practices. Touches nothing."""
