"""Commands about what is proved: closing days, joint statements, recourse, practices."""
