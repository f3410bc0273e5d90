"""Spam or legitimate: what is looked at, what was learnt, what is promised, why."""
