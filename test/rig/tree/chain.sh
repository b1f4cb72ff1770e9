# Hops from process to process, some 5 ms each. A hop that was overlooked is seen at the end: the last one stays.
# usage: sh chain.sh HOPS TOKEN
trap '' TERM HUP
[ "$1" -gt 0 ] || exec sleep "3600.$2"
sleep 0.005
sh "$0" $(($1 - 1)) "$2" &
