# A stub of an agent CLI with tools: starts the process shapes that are named after the token, says "ready", and stays.
# Every process carries the token in its command line, so that a test can find it whatever has become of it.
# usage: sh tree.sh TOKEN [own-session|daemon|empty-env|stubborn|chain|fan]...
here=$(dirname "$0")
token=$1
shift
for shape in "$@"; do
  case $shape in
    # A tool command in a session of its own.
    own-session) setsid sleep "3600.$token" & ;;
    # Forked twice, in a session of its own, its parent dead: only the environment tells where it came from.
    daemon) (setsid sh -c "trap '' TERM HUP; sleep 3600.$token & wait" "$token" &) ;;
    # Without any environment, but its parent lives.
    empty-env) setsid env -i sleep "3600.$token" & ;;
    stubborn) trap '' TERM ;;
    # A process that flees: every few milliseconds it forks and exits.
    chain) setsid sh "$here/chain.sh" 200 "$token" & ;;
    fan) for _ in 1 2 3 4 5 6 7 8 9 10; do sleep "3600.$token" & done ;;
  esac
done
echo ready
while :; do sleep "3600.$token"; done
