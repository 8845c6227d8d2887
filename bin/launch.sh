# Sourced by the launchers beside it: finds Node and becomes the program.
# The caller has set `root` (Vigil's folder) and `program` (a file of dist/cli).
# exec keeps the process id, so that a service manager or a pid file names the daemon itself.

fail() {
  echo "vigil: $1" >&2
  exit 1
}

entry=$root/dist/cli/$program.js
[ -f "$entry" ] || fail "not built: run \"npm run build\" in $root"

require_version() {
  version=$("$node" --version 2>/dev/null) ||
    fail "cannot run $node: install Node.js 20.5 or newer, or set VIGIL_NODE to its path"
  number=${version#v}
  major=${number%%.*}
  rest=${number#*.}
  minor=${rest%%.*}
  if [ "$major" -lt 20 ] || { [ "$major" -eq 20 ] && [ "$minor" -lt 5 ]; }; then
    fail "$node is Node.js $number, too old: install 20.5 or newer, or set VIGIL_NODE to its path"
  fi
}

if [ -n "${VIGIL_NODE:-}" ]; then
  node=$VIGIL_NODE
  require_version
elif [ -x "$root/runtime/$program" ]; then
  # A package brings the Node.js that it was built with: asking its version would only delay the start. It goes by the program's
  # name, which pidof(1) looks for in the first word of the command line.
  node=$root/runtime/$program
else
  node=node
  require_version
fi

# As process 1 of a container: orphans of scripts must be waited for, which Node.js does not do.
if [ $$ -eq 1 ]; then
  exec "$root/native/build/Release/vigil_init" "$node" "$entry" "$@"
fi
exec "$node" "$entry" "$@"
