/** Values for the keywords that have some: what they may say in a configuration made at random. */

import type { Random } from "../../../src/sim/random.js";

/** Not generated: bigger subjects with tests of their own, and words that change how the rest is read. */
export const LEFT_OUT = new Set([
  "bfd_instance",
  "virtual_server",
  "virtual_server_group",
  "SSL",
  "vrrp_track_file",
  // Changes what plain `include` does.
  "include_check",
  // Old words for others.
  "thread_timer_expired",
  "vmac_garp_intvl",
  "vrrp_vmac_garp_intvl",
  "lvs_flush_onstop",
  // There is one probe a check.
  "https_get",
  "http_get",
  "etcd",
  "tcp_connect",
  "icmp",
]);

const SECONDS = ["1", "3", "60"];
const COUNTS = ["1", "2", "7"];
const USERS = ["root", "root root", "nobody"];
const COMMANDS = [
  '"/bin/true"',
  "/bin/true",
  "\"/bin/echo 'one word' two\"",
  '"/bin/echo a\\ b c" root',
  "/usr/bin/env root root",
];
const BYTES = ["4096", "65536"];
const PATHS = ["/run/vigil-a", '"/run/vigil b"'];
const WEIGHTS = ["1", "-20", "10 reverse", "253"];
const INTERFACES = ["eth0", "eth1", "bond0.100"];
const PRIORITIES = ["0", "-5", "10"];

/** Of keywords in whatever block; a keyword without an entry takes no argument or a truth value. */
export const VALUES: Readonly<Record<string, readonly string[]>> = {
  accept: [""],
  active_key: ["1", "2"],
  advert_int: ["1", "0.5", "2", "10"],
  anti_replay: ["time", "monotonic"],
  auth_pass: ["s3cret", '"two words"', "a'b"],
  auth_type: ["PASS", "AH"],
  bfd_cpu_affinity: ["0"],
  bfd_priority: PRIORITIES,
  bfd_process_name: ["b"],
  bfd_rlimit_rtime: ["1000"],
  bfd_rlimit_rttime: ["1000"],
  bfd_rt_priority: ["5"],
  track_in: ["all"],
  body: ['"ok"', '"all # well {"'],
  ca: ["/etc/ca.pem"],
  cert: ["/etc/cert.pem"],
  checker_cpu_affinity: ["0 1"],
  checker_priority: PRIORITIES,
  checker_process_name: ["c"],
  checker_rlimit_rtime: ["1000"],
  checker_rlimit_rttime: ["1000"],
  checker_rt_priority: ["5"],
  child_wait_time: ["5"],
  config_save_dir: ["/run/save"],
  dbus_no_interface_name: ["n"],
  dbus_service_name: ["org.a.B"],
  debug: ["0", "4"],
  default_interface: INTERFACES,
  delay: ["1", "0.5"],
  down_timer_adverts: ["1", "3", "100"],
  dynamic_interfaces: ["", "allow_if_changes"],
  exec: COMMANDS.slice(0, 3),
  fall: COUNTS,
  file: PATHS,
  fork_delay: ["1", "0.25"],
  garp_extra_if: ["60", "all 30"],
  garp_interval: ["0.01", "1"],
  garp_lower_prio_delay: SECONDS,
  garp_lower_prio_repeat: COUNTS,
  garp_master_delay: SECONDS,
  garp_master_refresh: SECONDS,
  garp_master_refresh_repeat: COUNTS,
  garp_master_repeat: COUNTS,
  gna_interval: ["0.01", "1"],
  init_file: ["", "3", "5 overwrite"],
  instance: ["blue"],
  interface: INTERFACES,
  interval: SECONDS,
  iproute_etc_dir: ["/etc/iproute2"],
  iproute_usr_dir: ["/usr/share/iproute2"],
  json_dump_file: PATHS,
  json_version: ["1", "2"],
  kernel_rx_buf_size: BYTES,
  key: ["1 0123456789abcdef0123456789abcdef", "2 hex:00112233445566778899aabbccddeeff"],
  lvs_flush_on_stop: ["", "VS"],
  lvs_netlink_cmd_rcv_bufs: BYTES,
  lvs_netlink_monitor_rcv_bufs: BYTES,
  lvs_notify_fifo: PATHS,
  lvs_notify_fifo_script: COMMANDS,
  lvs_process_name: ["l"],
  lvs_sync_daemon: ["eth0 VI_1"],
  lvs_sync_daemon_interface: INTERFACES,
  lvs_timeouts: ["tcp 5 tcpfin 6 udp 7"],
  max_auto_priority: ["", "50"],
  mcast_dst_ip: ["224.0.0.99", "224.1.2.3"],
  mcast_src_ip: ["10.0.0.1"],
  min_auto_priority_delay: ["5000"],
  mode: ["enforce", "permissive", "receive-only"],
  net_namespace: ["ns1"],
  net_namespace_ipvs: ["ns2"],
  nftables: ["", "table1"],
  nftables_ipvs: ["", "table2"],
  nftables_ipvs_priority: ["-5"],
  nftables_ipvs_start_fwmark: ["100"],
  nftables_priority: ["-1", "7"],
  notification_email_from: ["a@example.com"],
  notify: COMMANDS,
  notify_backup: COMMANDS,
  notify_deleted: ["", ...COMMANDS],
  notify_fault: COMMANDS,
  notify_fifo: [...PATHS, "/run/fifo root"],
  notify_fifo_script: COMMANDS,
  notify_master: COMMANDS,
  notify_master_rx_lower_pri: COMMANDS,
  notify_stop: COMMANDS,
  old_unicast_checksum: ["", "never"],
  param_match: ["", "initial", "partial"],
  preempt_delay: ["5", "0.5", "300"],
  priority: ["1", "100", "150", "255"],
  process: ["haproxy", "nginx -g daemon", '"a b" c'],
  process_monitor_rcv_bufs: BYTES,
  process_name: ["p"],
  quorum: COUNTS,
  quorum_max: ["8"],
  random_seed: ["5"],
  reload_check_config: ["", "/run/check.log"],
  reload_file: ["", "/run/reload"],
  reload_time_file: ["/run/when"],
  rise: COUNTS,
  router_id: ["node-1", '"node one"'],
  script: COMMANDS.slice(0, 3),
  script_user: USERS,
  server_name: ["example.com"],
  shutdown_script: COMMANDS,
  shutdown_script_timeout: SECONDS,
  smtp_connect_timeout: SECONDS,
  smtp_helo_name: ["helo.example.com"],
  smtp_server: ["127.0.0.1", "127.0.0.1 2525", "::1 25"],
  snmp_rs_stats_update_interval: ["5"],
  snmp_socket: ["", "udp:127.0.0.1:705"],
  snmp_vs_stats_update_interval: ["5"],
  startup_script: COMMANDS,
  startup_script_timeout: SECONDS,
  state: ["MASTER", "BACKUP"],
  state_dump_file: PATHS,
  stats_dump_file: PATHS,
  status: ["200", "200-299 404"],
  terminate_delay: ["1", "0.25"],
  time_window: ["30"],
  timeout: SECONDS,
  timer_expired_backup: ["", "200"],
  tmp_config_directory: ["/run/tmp"],
  umask: ["022", "IRUSR|IWUSR"],
  unicast_src_ip: ["10.0.0.1"],
  unicast_ttl: ["1", "64"],
  use_ipvlan: [""],
  use_vmac: ["", "vm0", "vm1 02:00:00:00:00:01"],
  user: USERS,
  version: ["2", "3"],
  virtual_router_id: ["1", "51", "255"],
  vmac_addr_prefix: ["02:00"],
  vmac_prefix: ["vv"],
  vrrp_peer_key: ["0123456789abcdef"],
  vrf: ["red"],
  vrrp_cpu_affinity: ["0"],
  vrrp_delay_after_boot: ["1.5"],
  vrrp_down_timer_adverts: ["4"],
  vrrp_garp_extra_if: ["60", "all 30"],
  vrrp_garp_interval: ["0.01"],
  vrrp_garp_lower_prio_delay: SECONDS,
  vrrp_garp_lower_prio_repeat: COUNTS,
  vrrp_garp_master_delay: SECONDS,
  vrrp_garp_master_refresh: SECONDS,
  vrrp_garp_master_refresh_repeat: COUNTS,
  vrrp_garp_master_repeat: COUNTS,
  vrrp_gna_interval: ["0.02"],
  vrrp_ipsets: ["", "a b"],
  vrrp_iptables: ["", "IN OUT"],
  vrrp_mcast_group4: ["224.0.0.77"],
  vrrp_mcast_group6: ["ff02::77"],
  vrrp_netlink_cmd_rcv_bufs: BYTES,
  vrrp_netlink_monitor_rcv_bufs: BYTES,
  vrrp_notify_fifo: PATHS,
  vrrp_notify_fifo_script: COMMANDS,
  vrrp_priority: PRIORITIES,
  vrrp_process_name: ["v"],
  vrrp_rlimit_rtime: ["1000"],
  vrrp_rlimit_rttime: ["1000"],
  vrrp_rt_priority: ["5"],
  vrrp_rx_bufs_multiplier: ["4"],
  vrrp_rx_bufs_policy: ["MTU", "ADVERT", "4096"],
  vrrp_startup_delay: ["1.5"],
  vrrp_version: ["2", "3"],
  weight: WEIGHTS,
};

/** Lines of blocks that are lists. */
export const ITEMS: Readonly<Record<string, (random: Random) => string[]>> = {
  group: (random) => some(random, ["VI_1", "VI_2", "VI_3", "VI_4"]),
  interface_up_down_delays: (random) => some(random, ["eth0 1 2", "eth1 0.5 3"]),
  interfaces: () => ["eth0", "eth1"],
  linkbeat_interfaces: (random) => some(random, ["eth0", "eth1 MII", "bond0.100 ETHTOOL"]),
  notification_email: () => ["ops@example.com", '"root@example.com"'],
  static_ipaddress: (random) => addresses(random, "192.0.2."),
  static_routes: (random) => some(random, ROUTES),
  static_rules: (random) => some(random, RULES),
  track_bfd: () => ["none weight 3"],
  track_check: (random) => some(random, ["svc_1", "svc_2 weight 5 reverse"]),
  track_file: (random) => some(random, ["tf_1", "tf_2 weight -3", "tf_1 weight 2 reverse"]),
  track_interface: (random) => some(random, ["eth1", "eth2 weight 5", "bond0.100 weight -3 reverse"]),
  track_process: (random) => some(random, ["tp_1", "tp_2 weight 7"]),
  track_script: (random) => some(random, ["chk_1", "chk_2 weight -9", "chk_3 weight 4 reverse"]),
  unicast_peer: (random) =>
    some(random, ["10.0.0.2", "10.0.0.3 min_ttl 250", "10.0.0.4 min_ttl 1 max_ttl 9"]),
  virtual_ipaddress: (random) => addresses(random, "10.0.1."),
  virtual_ipaddress_excluded: (random) => [
    ...addresses(random, "10.0.2."),
    "2001:db8::7/64 dev eth1 home -nodad",
  ],
  virtual_routes: (random) => some(random, ROUTES),
  virtual_rules: (random) => some(random, RULES),
};

const ROUTES = [
  "198.51.100.0/24 via 10.0.0.9 dev eth0 metric 5",
  "src 10.0.1.1 203.0.113.0/24 dev eth1 table 100 proto 18 scope link",
  "blackhole 198.51.100.128/25",
  "198.51.100.0/25 nexthop via 10.0.0.8 dev eth0 weight 2 nexthop via 10.0.0.9 dev eth1 onlink",
  "2001:db8:1::/48 via 2001:db8::1 dev eth0 mtu lock 1400 no_track",
];

const RULES = [
  "from 10.0.1.1 table 100 priority 500",
  "to 10.0.0.0/8 iif eth0 fwmark 0x5/0xff goto 30000 preference 501",
  "not from 2001:db8::/64 unreachable preference 502",
];

const ADDRESS_TAILS = [
  "",
  "/24",
  "/24 dev eth1",
  "/24 brd + dev eth0 label eth0:v",
  " dev eth1 scope link no_track",
];

/** Addresses that follow one another, so that sequences can be made of them. */
function addresses(random: Random, network: string): string[] {
  const tail = random.pick(ADDRESS_TAILS);
  const first = random.integer(1, 200);
  const run = Array.from({ length: random.integer(1, 5) }, (_, i) => `${network}${first + i}${tail}`);
  return [...run, `${network}250${random.pick(ADDRESS_TAILS)}`];
}

/** At least one, in their order. */
function some(random: Random, items: readonly string[]): string[] {
  const chosen = items.filter(() => random.chance(0.6));
  return chosen.length > 0 ? chosen : items.slice(0, 1);
}
