"""One module for each thing that lies in a real abuse mailbox; ``read(message, context)`` answers a Reading, or None for "not mine".

Trust:      a dialect is told by the shape of the content, never by who says to have sent it.
Answers:    modules only; ``comity.formats.reading`` tries them in order.
"""
