import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../src/config/load.js";
import type { LoadedInstance } from "../../../src/config/loaded-config.js";
import { complaints, instance } from "../../support/config/findings.js";

/** The instance of {@link instance} with further lines. */
function resolved(lines: string, before = ""): LoadedInstance {
  const found = parseConfig(instance(lines, before)).config.instances[0];
  if (found === undefined) throw new Error("the instance was refused");
  return found;
}

/** Complaints about the instance of {@link instance} with further lines from line 6 on. */
const about = (lines: string, before = "") => complaints(instance(lines, before));

describe("§ vrrp_instance", () => {
  it("defaults", () => {
    expect(about("")).toEqual([]);
    const { virtualAddresses, garp, ...rest } = resolved("");
    expect(rest).toMatchObject({
      name: "A",
      version: 2,
      family: 4,
      interface: "eth0",
      vrid: 7,
      priority: 100,
      initialState: "BACKUP",
      advertInterval: 1_000_000,
      sourceAddress: undefined,
      multicastGroup: "224.0.0.18",
      unicastPeers: [],
      unicastTtl: undefined,
      authentication: { type: "none" },
      preempt: true,
      preemptDelay: 0,
      downTimerAdverts: 3,
      accept: true,
      strict: false,
    });
    expect(virtualAddresses).toEqual([
      { address: "10.0.0.1", prefixLength: 32, interface: "eth0", scope: 0, flags: 0, noTrack: false },
    ]);
    expect(garp).toEqual({
      masterDelay: 5_000_000,
      masterRepeat: 5,
      masterRefresh: 0,
      masterRefreshRepeat: 1,
      lowerPrioDelay: 5_000_000,
      lowerPrioRepeat: 5,
    });
  });

  it("needs a name, a VRID and an interface", () => {
    expect(complaints("vrrp_instance {\n}")).toEqual(["1:14 vrrp_instance must have a name"]);
    expect(complaints("vrrp_instance A {\ninterface a\n}")).toEqual([
      "1:1 (A) the virtual router id must be set",
    ]);
    expect(complaints("vrrp_instance A {\nvirtual_router_id 1\n}")).toEqual(["1:1 (A) Unknown interface!"]);
  });

  it("a second one of the same name is skipped", () => {
    const text = instance("") + instance("priority 300");
    expect(complaints(text)).toEqual(["8:15 vrrp instance A already defined"]);
    expect(parseConfig(text).config.instances).toHaveLength(1);
  });

  describe("state and priority", () => {
    it("state MASTER without a priority is 255", () => {
      expect(resolved("state MASTER")).toMatchObject({ priority: 255, initialState: "MASTER" });
      expect(resolved("state MASTER\npriority 101")).toMatchObject({ priority: 101, initialState: "MASTER" });
      expect(resolved("priority 255")).toMatchObject({ priority: 255, initialState: "MASTER" });
    });

    it("out of range", () => {
      expect(about("priority 300")).toEqual([
        "6:10 number '300' outside range [1, 255]",
        "6:10 (A) Priority not valid! must be between 1 & 255. Using default 100",
      ]);
      expect(about("virtual_router_id 0")).toEqual([
        "6:19 number '0' outside range [1, 255]",
        "6:19 (A): VRID '0' not valid - must be between 1 & 255",
      ]);
      expect(about("state master")).toEqual(["6:7 (A) unknown state 'master', defaulting to BACKUP"]);
    });

    it("BACKUP after MASTER is ignored", () => {
      expect(about("state MASTER\npriority 9\nstate BACKUP")).toEqual([
        "8:7 (A) state previously set as MASTER - ignoring BACKUP",
      ]);
    });
  });

  describe("advert_int", () => {
    it("is rounded to what the version can carry", () => {
      expect(resolved("advert_int 1.4").advertInterval).toBe(1_000_000);
      expect(about("advert_int 1.5")).toEqual([
        "6:1 (A) VRRPv2 advertisement interval 1.500000s must be an integer. rounding",
      ]);
      expect(resolved("advert_int 1.5").advertInterval).toBe(2_000_000);
      expect(resolved("advert_int 0.3").advertInterval).toBe(1_000_000);
      expect(resolved("version 3\nadvert_int 0.014").advertInterval).toBe(10_000);
      expect(about("version 3\nadvert_int 0.015")).toEqual([
        "7:1 (A) VRRPv3 advertisement interval 0.015000s must be in units of 10ms - rounding",
      ]);
      expect(resolved("version 3\nadvert_int 40.955").advertInterval).toBe(40_950_000);
      expect(resolved("version 3\nadvert_int 0.25").advertInterval).toBe(250_000);
    });

    it("has limits", () => {
      expect(about("advert_int 255")).toEqual([]);
      expect(about("advert_int 256")).toEqual([
        "6:12 number '256' outside range [0.010000, 255.000000]",
        "6:12 (A) Advert interval (256) not valid! Must be > 0 - ignoring",
      ]);
      expect(about("version 3\nadvert_int 41")).toEqual([
        "7:1 (A) VRRPv3 advertisement interval 41.00s is out of range. Must be less than 40.96s. Setting to 40.95s",
      ]);
    });
  });

  describe("authentication", () => {
    const block = (type: string, password = "auth_pass secret12") =>
      `authentication {\nauth_type ${type}\n${password}\n}`;

    it("PASS and AH", () => {
      expect(resolved(block("PASS")).authentication).toEqual({ type: "PASS", password: "secret12" });
      expect(resolved(block("AH")).authentication).toEqual({ type: "AH", password: "secret12" });
    });

    it("a password is cut to 8 bytes", () => {
      expect(about(block("PASS", "auth_pass hunter2hunter2"))).toEqual([
        "8:11 Truncating auth_pass to 8 characters",
      ]);
      expect(resolved(block("PASS", "auth_pass hunter2hunter2")).authentication).toEqual({
        type: "PASS",
        password: "hunter2h",
      });
      expect(resolved(block("PASS", "auth_pass ääääää")).authentication).toEqual({
        type: "PASS",
        password: "ääää",
      });
    });

    it("AH takes MASTER from the state, and nopreempt stays", () => {
      expect(about(`state MASTER\npriority 101\nnopreempt\n${block("AH")}`)).toEqual([
        "6:1 (A) Initial state master is incompatible with AH authentication - clearing",
      ]);
    });

    it("is dropped without a password, with version 3, with IPv6 AH", () => {
      expect(about(block("PASS", ""))).toEqual([
        "6:1 (A) Authentication specified but no password given. Ignoring",
      ]);
      expect(about(`version 3\n${block("PASS")}`)).toEqual([
        "7:1 (A) VRRP version 3 does not support authentication. Ignoring.",
      ]);
      expect(about(block("MD5"))).toEqual(["7:11 (A) unknown authentication type 'MD5'"]);
    });
  });

  describe("preemption", () => {
    it("nopreempt with MASTER is cleared", () => {
      expect(about("state MASTER\npriority 9\nnopreempt")).toEqual([
        "8:1 (A) Warning - nopreempt will not work with initial state MASTER - clearing",
      ]);
      expect(resolved("state MASTER\npriority 9\nnopreempt").preempt).toBe(true);
      expect(resolved("nopreempt").preempt).toBe(false);
      expect(resolved("nopreempt\npreempt").preempt).toBe(true);
    });

    it("preempt_delay", () => {
      expect(resolved("preempt_delay 1.5").preemptDelay).toBe(1_500_000);
      expect(about("preempt_delay 1001")).toEqual([
        "6:15 number '1001' outside range [0.000000, 1000.000000]",
        "6:15 (A) Preempt_delay not valid! must be between 0-1000",
      ]);
      expect(about("nopreempt\npreempt_delay 3")).toEqual([
        "7:1 (A) preempt_delay is incompatible with nopreempt mode - resetting",
      ]);
    });
  });

  describe("unicast", () => {
    it("peers with limits", () => {
      const found = resolved(
        "unicast_src_ip 10.0.0.2\nunicast_peer {\n10.0.0.3 min_ttl 1 max_ttl 9\n10.0.0.4\n}\nunicast_ttl 3",
      );
      expect(found).toMatchObject({
        sourceAddress: "10.0.0.2",
        unicastPeers: [{ address: "10.0.0.3", minTtl: 1, maxTtl: 9 }, { address: "10.0.0.4" }],
        unicastTtl: 3,
        checkUnicastSource: true,
      });
    });

    it("a prefix length behind an address is ignored, a name is not an address", () => {
      expect(resolved("unicast_src_ip 10.0.0.2/24\nunicast_peer {\n10.0.0.3/24\n}")).toMatchObject({
        sourceAddress: "10.0.0.2",
        unicastPeers: [{ address: "10.0.0.3" }],
      });
      expect(about("unicast_peer {\nmaster-2\n}")).toEqual([
        "7:1 Configuration error: VRRP instance[A] malformed unicast peer address[master-2]. Skipping...",
        "6:1 (A) A unicast keyword has been specified without any unicast peers. Defaulting to multicast. This usage is deprecated - please update your configuration.",
      ]);
    });

    it("without an interface the source address must be given", () => {
      const text = (lines: string) =>
        `vrrp_instance A {\nvirtual_router_id 1\nvirtual_ipaddress {\n10.0.0.1\n}\nunicast_peer {\n10.0.0.3\n}\n${lines}\n}`;
      expect(complaints(text(""))).toEqual([
        "6:1 (A): Unicast instances must have unicast_src_ip or interface",
      ]);
      expect(complaints(text("unicast_src_ip 10.0.0.2"))).toEqual([]);
    });

    it("duplicate peers, other families, unknown options", () => {
      expect(
        about("unicast_peer {\n10.0.0.3\n10.0.0.3\nfe80::1\n10.0.0.4 ttl 3\n10.0.0.5 min_ttl\n}"),
      ).toEqual([
        "9:1 Configuration error: VRRP instance[A] and unicast peer address[fe80::1] MUST be of the same family !!! Skipping...",
        "10:10 (A) 10.0.0.4 - unknown unicast_peer option ttl",
        "11:10 (A) 10.0.0.5 - min_ttl is missing a value",
      ]);
    });
  });

  describe("IPv6", () => {
    const six = (lines: string) =>
      `vrrp_instance A {\ninterface eth0\nvirtual_router_id 7\n${lines}\nvirtual_ipaddress {\nfe80::1/64\n2001:db8::1\n}\n}`;

    it("means version 3 and its own multicast group", () => {
      const { config, diagnostics } = parseConfig(six(""));
      expect(diagnostics).toEqual([]);
      expect(config.instances[0]).toMatchObject({ family: 6, version: 3, multicastGroup: "ff02::12" });
    });

    it("an address of 128 bits is deprecated, all are added without DAD", () => {
      expect(parseConfig(six("")).config.instances[0]?.virtualAddresses).toEqual([
        {
          address: "fe80::1",
          prefixLength: 64,
          interface: "eth0",
          scope: 0,
          flags: 2,
          noTrack: false,
          preferredLifetime: "forever",
        },
        {
          address: "2001:db8::1",
          prefixLength: 128,
          interface: "eth0",
          scope: 0,
          flags: 2,
          noTrack: false,
          preferredLifetime: 0,
        },
      ]);
    });

    it("addresses of both families do not go together", () => {
      expect(about("virtual_ipaddress {\nfe80::1\n}")).toEqual([
        "7:1 (A): address family must match VRRP instance [fe80::1] - ignoring",
      ]);
    });
  });

  describe("strict mode", () => {
    it("resets what the RFC does not have", () => {
      const text = instance(
        "state MASTER\npriority 100\nauthentication {\nauth_type PASS\nauth_pass a\n}\npreempt_delay 3\ndown_timer_adverts 5\ngarp_lower_prio_repeat 2\ngarp_lower_prio_delay 2\nlower_prio_no_advert off\nhigher_prio_send_advert\naccept",
        "global_defs {\nvrrp_strict\n}\n",
      );
      expect(complaints(text)).toEqual([
        "9:1 (A) State MASTER must match being address owner",
        "11:1 (A) Strict mode does not support authentication. Ignoring.",
        "15:1 (A) preempt_delay is incompatible with strict mode - resetting",
        "16:1 (A) down_timer_adverts is incompatible with strict mode - resetting",
        "17:1 (A) Strict mode requires no repeat garps. resetting",
        "18:1 (A) Strict mode requires no repeat garp delay. resetting",
        "19:1 (A) Strict mode requires no lower priority advert. resetting",
        "20:1 (A) strict mode requires higher_prio_send_advert to be clear. resetting",
        "21:1 (A) warning - accept mode for VRRP version 2 does not comply with RFC3768 - resetting",
      ]);
      expect(parseConfig(text).config.instances[0]).toMatchObject({
        initialState: "BACKUP",
        preemptDelay: 0,
        downTimerAdverts: 3,
        lowerPrioNoAdvert: true,
        higherPrioSendAdvert: false,
        accept: false,
        strict: true,
      });
    });

    it("needs an address", () => {
      const text = "vrrp_instance A {\ninterface a\nvirtual_router_id 1\nstrict_mode\n}";
      expect(complaints(text)).toEqual(["1:1 (A) No VIP specified; at least one is required"]);
      expect(complaints(text.replace("strict_mode", ""))).toEqual([
        "1:1 (A) No VIP specified; at least one is sensible",
      ]);
      expect(complaints(text.replace("strict_mode", "no_virtual_ipaddress"))).toEqual([]);
    });
  });

  describe("announcements", () => {
    it("global values count for all instances, wherever they stand", () => {
      const defs =
        "global_defs {\nvrrp_garp_master_refresh 10\nvrrp_garp_master_refresh_repeat 2\nvrrp_garp_master_repeat 3\nvrrp_garp_master_delay 1\n}\n";
      expect(resolved("", defs).garp).toEqual({
        masterDelay: 1_000_000,
        masterRepeat: 3,
        masterRefresh: 10_000_000,
        masterRefreshRepeat: 2,
        lowerPrioDelay: 1_000_000,
        lowerPrioRepeat: 3,
      });
      const after = parseConfig(instance("") + defs).config.instances[0];
      expect(after?.garp).toMatchObject({
        masterDelay: 1_000_000,
        masterRepeat: 3,
        masterRefresh: 10_000_000,
      });
    });

    it("vrrp_min_garp lowers what still has its default", () => {
      expect(resolved("", "global_defs {\nvrrp_garp_master_repeat 3\nvrrp_min_garp\n}\n").garp).toMatchObject(
        {
          masterDelay: 0,
          masterRepeat: 3,
          masterRefreshRepeat: 0,
        },
      );
    });

    it("a repeat of 0 is 1", () => {
      expect(about("garp_master_repeat 0")).toEqual([
        "6:20 (A): garp_master_repeat must be greater than 0, setting to 1",
      ]);
    });
  });

  describe("VMAC", () => {
    it("complaints", () => {
      expect(about("use_vmac 01:00:00:00:00:01")).toEqual([
        "6:10 VMAC MAC address is multicast 01:00:00:00:00:01 - ignoring",
      ]);
      expect(about("vmac_xmit_base")).toEqual(["6:1 (A) vmac_xmit_base is only valid with a vmac"]);
      expect(about("use_vmac\nunicast_peer {\n10.0.0.2\n}")).toEqual([
        "10:1 (A) unicast with use_vmac requires vmac_xmit_base - setting",
      ]);
    });
  });

  it("two with one VRID on one network are refused", () => {
    const second = instance("").replace("A {", "B {").replace("10.0.0.1", "10.0.0.2");
    expect(complaints(instance("") + second)).toEqual([
      "10:1 A and B both use VRID 7 with IPv4 on interface eth0",
    ]);
    expect(complaints(instance("") + second.replace("eth0", "eth1"))).toEqual([]);
  });

  it("auth_hmac", () => {
    const key = "k".repeat(32);
    const block = (lines: string) => `version 3\nauth_hmac {\n${lines}\n}`;
    expect(
      resolved(block(`key 1 ${key}\nkey 2 hex:${"ab".repeat(32)}\nactive_key 2\nmode permissive`)).authHmac,
    ).toEqual({
      keys: [
        { id: 1, hex: "6b".repeat(32) },
        { id: 2, hex: "ab".repeat(32) },
      ],
      activeKey: 2,
      timeWindow: 5,
      antiReplay: "time",
      mode: "permissive",
    });
    expect(about(block(`key 1 short\nactive_key 1`))).toEqual([
      "8:7 (A) auth_hmac key 1 length 5 not in range [32, 64]",
      "7:1 (A) auth_hmac active_key 1 is not defined, disabling extension",
    ]);
  });
});

describe("addresses of this host", () => {
  const lines =
    "unicast_src_ip 10.77.0.51\nunicast_peer {\n10.77.0.1\n10.77.0.2\n}\nvirtual_ipaddress {\n10.77.0.100\n}";

  it("a test of the configuration notes a source that is not there, and peers that are this host", () => {
    const world = { interfaceExists: () => true, hasAddress: (address: string) => address === "10.77.0.1" };
    const { diagnostics } = parseConfig(instance(lines), "keepalived.conf", { world });
    expect(diagnostics.map(({ severity, message, position }) => [severity, message, position?.line])).toEqual(
      [
        [
          "note",
          "(A) source address 10.77.0.51 is on no interface of this host that is up: FAULT for as long as it is not",
          expect.any(Number),
        ],
        [
          "note",
          "(A) 10.77.0.1 in unicast_peer is an address of this host: no advert is sent to it",
          expect.any(Number),
        ],
      ],
    );
  });
});
