/** What a change leads to outside: the words and the order are those that keepalived 2.2.7 was seen to use. */

import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../src/config/load.js";
import type { LoadedConfig } from "../../../src/config/loaded-config.js";
import type { EngineEvent } from "../../../src/engine/events.js";
import { Notifier } from "../../../src/report/notifications.js";

function config(...instances: readonly string[]): LoadedConfig {
  const blocks = instances.map(
    (name, i) => `vrrp_instance ${name} {
      interface eth0
      virtual_router_id ${51 + i}
      virtual_ipaddress { 10.9.0.${51 + i}/24 }
      smtp_alert
      notify_priority_changes
      notify_master "/n m"
      notify_stop "/n s"
      notify "/n all"
      notify_master_rx_lower_pri "/n lower"
      ${name === "E" ? 'notify_deleted "/n deleted"' : ""}
    }`,
  );
  return parseConfig(`vrrp_sync_group G {
      group {
        A
        B
      }
      smtp_alert
      notify_stop "/n gs"
      notify "/n g"
    }
    ${blocks.join("\n")}`).config;
}

function change(instance: string, to: "MASTER" | "BACKUP" | "FAULT"): EngineEvent {
  return { kind: "StateChanged", instance, from: "BACKUP", to, cause: { kind: "startup" }, priority: 100 };
}

function stopped(instance: string, cause: "reload" | "shutdown"): EngineEvent {
  return { kind: "Stopped", instance, from: "MASTER", cause: { kind: cause }, priority: 100 };
}

/** The whole command line of each script. */
function commands(notifier: Notifier, event: EngineEvent): string[] {
  return notifier.of(event).scripts.map(({ command, args }) => [...command.argv, ...args].join(" "));
}

describe("Notifier", () => {
  it("runs the script of the state, then notify; tells the FIFOs and mails", () => {
    const told = new Notifier(config("A", "B", "C")).of(change("C", "MASTER"));
    expect(told).toEqual({
      scripts: [
        { key: "C", command: { argv: ["/n", "m"] }, args: [] },
        { key: "C", command: { argv: ["/n", "all"] }, args: ["INSTANCE", "C", "MASTER", "100"] },
      ],
      lines: ['INSTANCE "C" MASTER 100'],
      mails: [
        {
          subject: "VRRP Instance C - Entering MASTER state",
          text: "=> VRRP Instance is now owning VRRP VIPs <=",
        },
      ],
    });
  });

  it("tells of a group in its own words", () => {
    const event: EngineEvent = { kind: "GroupStateChanged", group: "G", to: "FAULT" };
    expect(new Notifier(config("A", "B")).of(event)).toEqual({
      scripts: [{ key: "group G", command: { argv: ["/n", "g"] }, args: ["GROUP", "G", "FAULT", "0"] }],
      lines: ['GROUP "G" FAULT 0'],
      mails: [
        {
          subject: "VRRP Group G - Entering FAULT state",
          text: "=> All VRRP group instances are now in FAULT state <=",
        },
      ],
    });
  });

  it("an instance that a reload removes: FAULT, or DELETED with notify_deleted, by the old configuration's scripts", () => {
    const notifier = new Notifier(config("A", "B", "D", "E"));
    notifier.reconfigure(config("A", "B"));
    const d = notifier.of(stopped("D", "reload"));
    expect(d.lines).toEqual(['INSTANCE "D" FAULT 100']);
    expect(d.mails).toEqual([]);
    const inFault: EngineEvent = { ...stopped("D", "reload"), from: "FAULT" } as EngineEvent;
    expect(notifier.of(inFault)).toEqual({ scripts: [], lines: [], mails: [] });
    expect(commands(notifier, stopped("E", "reload"))).toEqual([
      "/n deleted",
      "/n all INSTANCE E DELETED 100",
    ]);
  });

  it("STOP of a group comes with its last member, and nothing is mailed", () => {
    const notifier = new Notifier(config("A", "B"));
    expect(notifier.of(stopped("A", "shutdown")).lines).toEqual(['INSTANCE "A" STOP 100']);
    const last = notifier.of(stopped("B", "shutdown"));
    expect(last.lines).toEqual(['INSTANCE "B" STOP 100', 'GROUP "G" STOP 0']);
    expect(last.scripts.map(({ command, args }) => [...command.argv, ...args].join(" "))).toEqual([
      "/n s",
      "/n all INSTANCE B STOP 100",
      "/n gs",
      "/n g GROUP G STOP 0",
    ]);
    expect(last.mails).toEqual([]);
  });

  it("an instance that never left INIT has nothing to tell of its end", () => {
    const event: EngineEvent = {
      ...(stopped("C", "shutdown") as Extract<EngineEvent, { kind: "Stopped" }>),
      from: "INIT",
    };
    expect(new Notifier(config("A", "B", "C")).of(event)).toEqual({ scripts: [], lines: [], mails: [] });
  });

  it("a change of priority is a line while MASTER or BACKUP, with notify_priority_changes", () => {
    const notifier = new Notifier(config("A", "B", "C"));
    const event: EngineEvent = { kind: "PriorityChanged", instance: "C", from: 100, to: 120 };
    expect(notifier.of(event).lines, "before the first state").toEqual([]);
    notifier.of(change("C", "BACKUP"));
    expect(notifier.of(event).lines).toEqual(['INSTANCE "C" BACKUP_PRIORITY 120']);
    notifier.of(change("C", "MASTER"));
    expect(notifier.of(event).lines).toEqual(['INSTANCE "C" MASTER_PRIORITY 120']);
    notifier.of(change("C", "FAULT"));
    expect(notifier.of(event).lines).toEqual([]);
  });

  it("a MASTER that hears a lower priority: script and line", () => {
    const notifier = new Notifier(config("A", "B", "C"));
    const event = {
      kind: "LowerPriorityReceived",
      instance: "C",
      from: "10.9.0.9",
      theirs: 50,
      ours: 100,
      answered: true,
    } as unknown as EngineEvent;
    expect(notifier.of(event).lines).toEqual(['INSTANCE "C" MASTER_RX_LOWER_PRI 100']);
    expect(commands(notifier, event)).toEqual(["/n lower"]);
  });

  it("no_email_faults keeps FAULT out of the mail", () => {
    const quiet = config("A", "B", "C");
    const notifier = new Notifier({
      ...quiet,
      global: { ...quiet.global, mail: { ...quiet.global.mail, noFaults: true } },
    });
    expect(notifier.of(change("C", "FAULT")).mails).toEqual([]);
    expect(notifier.of(change("C", "BACKUP")).mails).toHaveLength(1);
  });
});
