/** The differences of docs/config-differences.md, as patterns of the complaints they show in. */

/** Keywords of keepalived 2.4 and later, which 2.2 does not know. */
export const NEWER_KEYWORDS: readonly string[] = [
  "auth_hmac",
  "dbus_no_interface_name",
  "iproute_etc_dir",
  "iproute_usr_dir",
  "json_dump_file",
  "json_version",
  "multihop",
  "no_virtual_ipaddress",
  "owner_ignore_adverts",
  "set_supplementary_groups",
  "sni_name",
  "snmp_rs_stats_update_interval",
  "snmp_vs_stats_update_interval",
  "state_dump_file",
  "stats_dump_file",
  "timer_expired_backup",
  "tls_compliant",
  "use_symlink_paths",
  "v3_checksum_as_v2",
  "vrrp_delay_after_boot",
  "vrrp_owner_ignore_adverts",
];

/** Keywords of Vigil's own. */
export const OWN_KEYWORDS: readonly string[] = [
  "vrrp_check",
  "track_check",
  "vrrp_reset_connections",
  "vrrp_address_lifetimes",
  "vrrp_peer_key",
  "vrrp_address_lease",
];

/** Of all of them. */
export const KNOWN_DIFFERENCES: readonly RegExp[] = [
  new RegExp(`^Unknown keyword '(?:${NEWER_KEYWORDS.join("|")})'$`),
  // 2.2 keeps the backslash at the end of a comment line.
  /^Unknown keyword '\\'$/,
  // No firewall by ipset in Debian's build.
  /^Unknown keyword 'vrrp_ipsets'$/,
  // Fractions of a second for scripts.
  /vrrp script (?:interval|timeout) '\d*\.\d*'/,
  /^invalid number '\d*\.\d+'$/,
];
