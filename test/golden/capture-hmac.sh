#!/bin/bash
# Captures the golden packets of `auth_hmac` anew, from a peer that shares nothing with Vigil: test/support/lab/hmac-peer.py.
#
#     sudo test/golden/capture-hmac.sh [FOLDER]
#
# Each case becomes <case>.pcap, and <case>.json with what the peer says that it sent. Needs root, python3, tcpdump.
set -euo pipefail

here=$(realpath "$(dirname "$0")")
out=$(realpath "${1:-$here/hmac}")
work=$(mktemp -d)
peer=hmac-peer-$$
tap=hmac-tap-$$

cleanup() {
  ip netns del "$peer" 2>/dev/null || true
  ip netns del "$tap" 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT

for ns in "$peer" "$tap"; do ip netns add "$ns"; done
ip link add eth0 netns "$peer" address 02:00:00:00:00:01 type veth peer name eth0 netns "$tap" address 02:00:00:00:00:02
for ns in "$peer" "$tap"; do
  ip netns exec "$ns" sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.eth0.accept_dad=0
  ip -n "$ns" link set eth0 up
done
ip -n "$peer" addr add 192.0.2.1/24 dev eth0
ip -n "$tap" addr add 192.0.2.2/24 dev eth0
sleep 1.5 # the link-local address

capture() { # NAME ARGUMENTS…
  ip netns exec "$tap" tcpdump -q --immediate-mode -U -i eth0 -w "$out/$1.pcap" 'proto 112 or ip6 proto 112' 2>"$work/log" &
  local recorder=$!
  until grep -qs "listening on" "$work/log"; do sleep 0.05; done
  ip netns exec "$peer" python3 "$here/../support/lab/hmac-peer.py" send --interval 100 --resign --count 3 "${@:2}" |
    jq -s . >"$out/$1.json"
  sleep 0.3
  kill "$recorder"
  wait "$recorder" || true
}

key=$(printf 'k3y%.0s' {1..12} | xxd -p -c 99)
capture v3-ipv4 --source 192.0.2.1 --destination 224.0.0.18 --vip 192.0.2.10 --vip 192.0.2.11 --key "$key" --priority 150
capture v3-ipv4-unicast --source 192.0.2.1 --destination 192.0.2.2 --vip 192.0.2.10 --key "$key" --key-id 255 --ttl 64
capture v2-ipv4 --version 2 --source 192.0.2.1 --destination 224.0.0.18 --vip 192.0.2.10 --key "$key${key:0:56}" --key-id 7 --priority 254
capture v3-ipv6 --source fe80::ff:fe00:1 --destination ff02::12 --vip fe80::10 --vip 2001:db8::10 --key "$key" --key-id 2
