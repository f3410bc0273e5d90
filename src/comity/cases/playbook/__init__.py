"""What is done about a case by itself: one engine for ladders of notices, timers and consequences.

How a playbook is read: a case stands in one state. Something happens; the rules of the state are asked in order. Each rule that
waits for this and whose condition holds does what it says; the first of them that leads elsewhere ends the asking. On entering a
state its rules for ``entry`` are asked at once. Rules for ``time`` are asked when their time has come; the first that holds is
followed, and the clock of the state begins anew. The state ``closed`` is every playbook's last one: the case is closed with it,
and what comes back begins again at the start.
"""
