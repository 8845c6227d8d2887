/**
 * Why a received packet was dropped. One reason, one counter, one word in logs and metrics.
 * The order is the order of the receive ladder in vrrp/receive.ts.
 */

/** All reasons, in the order in which the ladder can find them. */
export const DROP_REASONS = [
  /** Not an IP packet of the right version, or cut off inside its IP header. */
  "ipHeader",
  /** IPv4 total length or IPv6 payload length disagrees with what arrived. */
  "ipLength",
  /** Neither VRRP (112) nor AH (51). */
  "ipProtocol",
  /** AH where none is configured, or none where AH is. */
  "ahPresence",
  /** AH header cut off, of another length, or not followed by VRRP. */
  "ahHeader",
  /** Shorter than a VRRP header, or length and address count disagree (RFC 9568 §7.1). */
  "length",
  /** VRID that no instance on this port has. */
  "unknownVrid",
  /** Sent by this host. */
  "ownPacket",
  /** IPv4 TTL or IPv6 hop limit is not 255 (RFC 9568 §7.1), or outside a unicast peer's range. */
  "ttl",
  /** VRRP version is not the configured one. */
  "version",
  /** No `auth_hmac` trailer where one is demanded. */
  "hmacMissing",
  /** `auth_hmac` trailer of an unknown scheme. */
  "hmacMalformed",
  /** `auth_hmac` trailer further from our clock than the window allows. */
  "hmacStale",
  /** `auth_hmac` trailer with a key id that we do not have. */
  "hmacUnknownKey",
  /** `auth_hmac` digest differs. */
  "hmacInvalid",
  /** `auth_hmac` sequence not later than the sender's last one. */
  "hmacReplay",
  /** VRRPv2 authentication type unknown. */
  "authType",
  /** VRRPv2 authentication type is not the configured one. */
  "authTypeMismatch",
  /** VRRPv2 password differs. */
  "authPassword",
  /** AH integrity check value differs. */
  "ahIcv",
  /** AH SPI is not the sender's address. */
  "ahSpi",
  /** AH sequence number not greater than the last one. */
  "ahReplay",
  /** VRRPv2 Adver Int differs from ours (RFC 3768 §7.1). */
  "advertInterval",
  /** Type is not ADVERTISEMENT. */
  "type",
  /** VRRP checksum wrong. */
  "checksum",
  /** Multicast instance got a unicast packet, or the reverse. */
  "castMode",
  /** Sender is no configured unicast peer. */
  "unknownPeer",
  /** Address owner that ignores adverts. */
  "ownerIgnores",
  /** Instance is in INIT or FAULT. */
  "notRunning",
] as const;

/** One of {@link DROP_REASONS}. */
export type DropReason = (typeof DROP_REASONS)[number];
