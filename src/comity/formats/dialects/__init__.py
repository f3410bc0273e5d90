"""One module for each thing that lies in a real abuse mailbox.

Trust:      a dialect is told by the shape of the content, never by who says to have sent it.
Answers:    each module has ``read(message, context)``: a Reading, or None for "not mine"; ``comity.formats.reading`` tries
            them in order.
"""
