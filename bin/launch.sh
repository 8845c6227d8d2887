# Sourced by the launchers beside it: finds Node and becomes the program.
# The caller has set `root` (Vigil's folder) and `program` (a file of dist/cli).
# exec keeps the process id, so that a service manager or a pid file names the daemon itself.

fail() {
  echo "vigil: $1" >&2
  exit 1
}

entry=$root/dist/cli/$program.js
[ -f "$entry" ] || fail "not built: run \"npm run build\" in $root"

# What a caller's environment could load into a program of root, or open its debugger with.
unset NODE_OPTIONS NODE_PATH NODE_EXTRA_CA_CERTS NODE_REPL_EXTERNAL_MODULE NODE_V8_COVERAGE NODE_ICU_DATA NODE_COMPILE_CACHE
unset NODE_REDIRECT_WARNINGS NODE_TLS_REJECT_UNAUTHORIZED NODE_DEBUG NODE_DEBUG_NATIVE NODE_CHANNEL_FD NODE_USE_SYSTEM_CA
unset NODE_USE_ENV_PROXY NODE_PENDING_DEPRECATION NODE_NO_WARNINGS NODE_PENDING_PIPE_INSTANCES NODE_UNIQUE_ID
unset OPENSSL_CONF OPENSSL_CONF_INCLUDE OPENSSL_MODULES OPENSSL_ENGINES SSLKEYLOGFILE SSL_CERT_FILE SSL_CERT_DIR GCONV_PATH
unset LD_PRELOAD LD_LIBRARY_PATH LD_AUDIT LD_DEBUG LD_DEBUG_OUTPUT LD_PROFILE LD_PROFILE_OUTPUT LD_BIND_NOW LD_BIND_NOT
unset LD_ORIGIN_PATH LD_HWCAP_MASK LD_DYNAMIC_WEAK LD_USE_LOAD_BIAS LD_ASSUME_KERNEL GLIBC_TUNABLES UV_USE_IO_URING

# SIGUSR1, which monitoring sends for a dump, would open Node's debugger on a local port, to every user of the host, until the
# daemon has its own handler. No interface has this address (RFC 5737), and nobody may listen there; nor is it told where to connect.
inspector="--inspect-port=192.0.2.1:65535 --inspect-publish-uid=stderr"

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

# Node.js 22.14, 23.7 and newer do not touch the signal at all.
may_disable_signal() {
  [ "$major" -ge 24 ] || { [ "$major" -eq 22 ] && [ "$minor" -ge 14 ]; } || { [ "$major" -eq 23 ] && [ "$minor" -ge 7 ]; }
}

if [ -x "$root/runtime/$program" ]; then
  # A package brings its Node.js and takes no other. It goes by the program's name, which pidof(1) looks for in the first word of
  # the command line.
  node=$root/runtime/$program
elif [ -z "${VIGIL_NODE:-}" ] && [ -x "$(echo "$root"/node_modules/node-linux-*/bin/node)" ]; then
  # That of the lock file; npm installs the one for this machine.
  node=$(echo "$root"/node_modules/node-linux-*/bin/node)
else
  node=${VIGIL_NODE:-node}
  require_version
fi
if [ -z "${major:-}" ] || may_disable_signal; then inspector="$inspector --disable-sigusr1"; fi

# The blanks between the options are wanted.
# shellcheck disable=SC2086
exec "$node" $inspector "$entry" "$@"
