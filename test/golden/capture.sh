#!/bin/bash
# Captures the golden packets of this folder anew from the keepalived and the FRR that are installed here.
#
#     sudo test/golden/capture.sh [FOLDER]
#
# Needs root, keepalived, FRR (zebra, vrrpd, vtysh), tcpdump, tshark. Everything runs in two network namespaces of its
# own. Each case becomes <peer>-<version>-<case>.pcap with the frames and .json with what tshark reads in them: the
# expectation of test/golden/golden.test.ts, which thus does not come from Vigil's own code. FOLDER: this one.
# KEEPALIVED and FRR_DIR choose other binaries.
set -euo pipefail

out=$(realpath "${1:-$(dirname "$0")}")
keepalived=${KEEPALIVED:-keepalived}
frr=${FRR_DIR:-/usr/lib/frr}
work=$(mktemp -d)
chmod 755 "$work"
peer=golden-peer-$$ # runs the original
tap=golden-tap-$$  # captures, and answers to the unicast address
pids=()

cleanup() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  ip netns del "$peer" 2>/dev/null || true
  ip netns del "$tap" 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT

for ns in "$peer" "$tap"; do
  ip netns add "$ns"
  ip -n "$ns" link set lo up
done
ip link add eth0 netns "$peer" address 02:00:00:00:00:01 type veth peer name eth0 netns "$tap" address 02:00:00:00:00:02
for ns in "$peer" "$tap"; do
  ip netns exec "$ns" sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.eth0.accept_dad=0
  ip -n "$ns" link set eth0 up
done
ip -n "$peer" addr add 192.0.2.1/24 dev eth0
ip -n "$peer" addr add 2001:db8::1/64 dev eth0 nodad
ip -n "$tap" addr add 192.0.2.2/24 dev eth0
ip -n "$tap" addr add 2001:db8::2/64 dev eth0 nodad

record() { # FILE: from now on; $! is the recorder
  rm -f "$work/tcpdump.log"
  ip netns exec "$tap" tcpdump -q --immediate-mode -U -i eth0 -w "$1" \
    'ip proto 112 or ip proto 51 or ip6 proto 112 or arp or icmp6' 2>"$work/tcpdump.log" &
  pids+=($!)
  until grep -qs "listening on" "$work/tcpdump.log"; do sleep 0.05; done
}

extract() { # SOURCE NAME COUNT FILTER: the first COUNT frames that pass, and what tshark says about them
  local frames
  # Those of priority 0 come last: they are wanted too.
  frames=$(tshark -r "$1" -Y "$4" -T fields -e frame.number -e vrrp.prio 2>/dev/null |
    awk -v count="$3" '$2 == "0" || seen++ < count { if ($2 != "0" || zero++ < 1) print $1 }')
  [ -n "$frames" ] || { echo "no packet for $2" >&2; exit 1; }
  editcap -F pcap -r "$1" "$out/$2.pcap" $frames
  tshark -r "$out/$2.pcap" -o ip.check_checksum:TRUE -T json \
    -e frame.len -e eth.dst -e eth.src -e eth.type \
    -e ip.version -e ip.hdr_len -e ip.dsfield -e ip.len -e ip.id -e ip.flags -e ip.frag_offset -e ip.ttl -e ip.proto \
    -e ip.checksum -e ip.checksum.status -e ip.src -e ip.dst \
    -e ipv6.version -e ipv6.tclass -e ipv6.flow -e ipv6.plen -e ipv6.nxt -e ipv6.hlim -e ipv6.src -e ipv6.dst \
    -e ah.next_header -e ah.length -e ah.spi -e ah.sequence -e ah.icv \
    -e vrrp.version -e vrrp.type -e vrrp.virt_rtr_id -e vrrp.prio -e vrrp.addr_count -e vrrp.auth_type \
    -e vrrp.adver_int -e vrrp.short_adver_int -e vrrp.checksum -e vrrp.checksum.status -e vrrp.ip_addr \
    -e vrrp.ipv6_addr -e vrrp.auth_string \
    -e arp.hw.type -e arp.proto.type -e arp.hw.size -e arp.proto.size -e arp.opcode \
    -e arp.src.hw_mac -e arp.src.proto_ipv4 -e arp.dst.hw_mac -e arp.dst.proto_ipv4 \
    -e icmpv6.type -e icmpv6.code -e icmpv6.checksum -e icmpv6.checksum.status -e icmpv6.nd.na.flag.r \
    -e icmpv6.nd.na.flag.s -e icmpv6.nd.na.flag.o -e icmpv6.nd.na.target_address -e icmpv6.opt.type \
    -e icmpv6.opt.length -e icmpv6.opt.linkaddr 2>/dev/null |
    grep -v '"_index"' >"$out/$2.json" # the day of the capture
  echo "$2: $(grep -c '"_source"' "$out/$2.json") frames"
}

instance() { # NAME VRID PRIORITY LINES VIPS
  printf 'vrrp_instance %s {\n  interface eth0\n  virtual_router_id %s\n  priority %s\n' "$1" "$2" "$3"
  printf '  garp_master_delay 0\n  garp_master_repeat 1\n%s\n  virtual_ipaddress {\n' "$4"
  printf '    %s\n' $5
  printf '  }\n}\n'
}

unicast4=$'  unicast_src_ip 192.0.2.1\n  unicast_peer {\n    192.0.2.2\n  }'
unicast6=$'  unicast_src_ip 2001:db8::1\n  unicast_peer {\n    2001:db8::2\n  }'
pass=$'  authentication {\n    auth_type PASS\n    auth_pass s3cret\n  }'
ah=$'  authentication {\n    auth_type AH\n    auth_pass s3cretAH\n  }'
v2=$'  version 2\n  advert_int 1'
v3=$'  version 3\n  advert_int 0.25'

{
  printf 'global_defs {\n  vrrp_garp_master_repeat 1\n  vrrp_garp_lower_prio_repeat 0\n}\n'
  instance v2-none 10 200 "$v2" 192.0.2.10
  instance v2-pass 11 201 "$v2"$'\n'"$pass" '192.0.2.11 198.51.100.11'
  instance v2-ah 12 202 "$v2"$'\n'"$ah" '192.0.2.12 198.51.100.12 203.0.113.12'
  instance v2-ah-unicast 13 203 "$v2"$'\n'"$ah"$'\n'"$unicast4" 192.0.2.13
  instance v2-pass-unicast 14 204 "$v2"$'\n'"$pass"$'\n'"$unicast4"$'\n  unicast_ttl 64' 192.0.2.14
  instance v3-ipv4 20 255 "$v3" '192.0.2.20 198.51.100.20'
  instance v3-ipv4-unicast 21 254 "$v3"$'\n'"$unicast4" 192.0.2.21
  instance v3-ipv4-slow 23 255 $'  state MASTER\n  version 3\n  advert_int 40.95' 192.0.2.23
  instance v3-ipv6 30 251 "$v3" 'fe80::30 2001:db8::30'
  instance v3-ipv6-unicast 31 250 "$v3"$'\n'"$unicast6" '2001:db8::31 2001:db8:1::31 2001:db8:2::31'
} >"$work/keepalived.conf"

run_keepalived() { # CONFIGURATION SECONDS CAPTURE
  record "$3"
  local recorder=$!
  ip netns exec "$peer" "$keepalived" --dont-fork --log-console --log-detail --vrrp --use-file "$1" \
    --pid "$work/k.pid" --vrrp_pid "$work/v.pid" >"$work/keepalived.log" 2>&1 &
  local daemon=$!
  pids+=("$daemon")
  sleep "$2"
  kill -TERM "$daemon"
  wait "$daemon" || true
  sleep 0.5
  kill "$recorder"
  wait "$recorder" || true
}

version=$("$keepalived" --version 2>&1 | sed -n 's/^Keepalived v\([0-9.]*\).*/\1/p')
run_keepalived "$work/keepalived.conf" 8 "$work/keepalived.pcap"
k() { extract "$work/keepalived.pcap" "keepalived-$version-$1" "$2" "$3"; }
k v2-none 2 'vrrp.virt_rtr_id == 10'
k v2-pass 2 'vrrp.virt_rtr_id == 11'
k v2-ah 2 'vrrp.virt_rtr_id == 12'
k v2-ah-unicast 2 'vrrp.virt_rtr_id == 13'
k v2-pass-unicast 2 'vrrp.virt_rtr_id == 14'
k v3-ipv4 2 'vrrp.virt_rtr_id == 20'
k v3-ipv4-unicast 2 'vrrp.virt_rtr_id == 21'
k v3-ipv4-slow 1 'vrrp.virt_rtr_id == 23'
k v3-ipv6 2 'vrrp.virt_rtr_id == 30'
k v3-ipv6-unicast 2 'vrrp.virt_rtr_id == 31 && !icmpv6' # the tap answers "parameter problem"
k garp 4 'arp.opcode == 1 && arp.src.proto_ipv4 == arp.dst.proto_ipv4'
k na 4 'icmpv6.type == 136 && ipv6.dst == ff02::1'

# A router says so in its neighbour advertisements.
instance router 32 200 "$v3" 2001:db8::32 >"$work/router.conf"
ip netns exec "$peer" sysctl -qw net.ipv6.conf.all.forwarding=1
run_keepalived "$work/router.conf" 3 "$work/router.pcap"
extract "$work/router.pcap" "keepalived-$version-na-router" 1 'icmpv6.type == 136 && icmpv6.nd.na.target_address == 2001:db8::32'

frr_version=$("$frr/vrrpd" --version | sed -n 's/^vrrpd version \([0-9.]*\).*/\1/p')
device() { # NAME MAC ADDRESS
  ip -n "$peer" link add "$1" link eth0 type macvlan mode bridge
  ip -n "$peer" link set "$1" addrgenmode random address "$2"
  ip -n "$peer" addr add $3 dev "$1"
  ip -n "$peer" link set "$1" up
}
device vrrp4 00:00:5e:00:01:28 192.0.2.40/24
device vrrp4b 00:00:5e:00:01:29 192.0.2.41/24
device vrrp6 00:00:5e:00:02:2a '2001:db8::42/64 nodad'
cat >"$work/frr.conf" <<CONF
interface eth0
 vrrp 40 version 3
 vrrp 40 priority 200
 vrrp 40 advertisement-interval 250
 vrrp 40 ip 192.0.2.40
 vrrp 41 version 2
 vrrp 41 priority 201
 vrrp 41 advertisement-interval 1000
 vrrp 41 ip 192.0.2.41
 vrrp 42 version 3
 vrrp 42 priority 202
 vrrp 42 advertisement-interval 250
 vrrp 42 ipv6 2001:db8::42
CONF
: >"$work/vtysh.conf"
chmod 777 "$work"
record "$work/frr.pcap"
for name in zebra vrrpd; do
  ip netns exec "$peer" "$frr/$name" -A 127.0.0.1 -P 0 -z "$work/zserv.api" -i "$work/$name.pid" --vty_socket "$work" \
    -f "$work/frr.conf" >"$work/$name.log" 2>&1 &
  pids+=($!)
  sleep 1.5
done
sleep 6
for vrid in 40 41 42; do
  vtysh --config_dir "$work" --vty_socket "$work" -d vrrpd -c 'configure terminal' -c 'interface eth0' -c "vrrp $vrid shutdown" >/dev/null
done
sleep 0.5
f() { extract "$work/frr.pcap" "frr-$frr_version-$1" "$2" "$3"; }
f v3-ipv4 2 'vrrp.virt_rtr_id == 40'
f v2-ipv4 2 'vrrp.virt_rtr_id == 41'
f v3-ipv6 2 'vrrp.virt_rtr_id == 42'
