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
# 0: CoA-ACK. A line without a session (Error-Cause 503) is out: that is what release wants.
answer=$(printf '%s\n' "$attributes" | radclient -r 2 -t 5 -S "$SECRET" "$NAS" coa 2>&1) && exit 0
case "$1 $answer" in
release*Session-Context-Not-Found*) exit 0 ;;
esac
printf '%s\n' "$answer" | tail -n 3 >&2
exit 75
