"""Where people work with a browser: the desk."""
