#!/bin/sh
# Confine a line, or let it out, by a RADIUS Change of Authorization (RFC 5176), with radclient of FreeRADIUS (Debian: freeradius-utils).
# For playbook.garden_command = ["/usr/local/lib/comity/coa.sh"]; it is called with "confine" or "release", and JSON on its input.
# Change: NAS and SECRET (a file that its owner alone can read), and the name of the policy that your equipment knows.
# User-Name is what the books of leases call the line. Needs jq.
set -eu
NAS=${NAS:-bras.east.example:3799}
SECRET=${SECRET:-/etc/comity/coa.secret}
INSIDE=${INSIDE:-comity-garden}
OUTSIDE=${OUTSIDE:-default}

told=$(cat)
line=$(printf %s "$told" | jq -er '.line | strings | select(test("^[A-Za-z0-9@._:/-]{1,200}$"))') || {
    echo "the name of the line does not fit into a RADIUS attribute here" >&2; exit 65; }
case $1 in
confine)
    # The equipment ends it by itself, should nobody say so: Session-Timeout counts from now.
    left=$(printf %s "$told" | jq -er '(.until | fromdateiso8601) - (now | floor) | select(. > 0)') || {
        echo "its end has passed" >&2; exit 65; }
    attributes="User-Name = \"$line\", Filter-Id = \"$INSIDE\", Session-Timeout = $left" ;;
release)
    attributes="User-Name = \"$line\", Filter-Id = \"$OUTSIDE\"" ;;
*)
    echo "usage: coa.sh confine|release" >&2; exit 64 ;;
esac
# When it was asked: equipment refuses what somebody recorded and sends again later (RFC 5176, section 6.3).
attributes="$attributes, Event-Timestamp = $(date +%s)"
# 0: CoA-ACK. With -x radclient says why not.
answer=$(printf '%s\n' "$attributes" | radclient -x -r 2 -t 3 -S "$SECRET" "$NAS" coa 2>&1) && exit 0
# A line without a session (Error-Cause 503) is out: that is what release wants.
case "$1 $answer" in
release*Session-Context-Not-Found*) exit 0 ;;
*CoA-NAK*) # this line is refused; others may not be
    printf '%s\n' "$answer" | sed -n 's/^[[:space:]]*Error-Cause/refused: Error-Cause/p; t
        s/^Received CoA-NAK.*/the equipment refuses/p' >&2
    exit 1 ;;
*"No reply"*) # equipment says nothing to a wrong secret either
    echo "no answer from $NAS: is it up, and is the secret the same on both sides?" >&2 ;;
*)
    printf '%s\n' "$answer" | tail -n 2 >&2 ;;
esac
# 75: nobody answers; the others are asked later.
exit 75
