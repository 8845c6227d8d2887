import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type RoutingNameKind, routingNumber } from "../../../src/config/routing-names.js";
import type { World } from "../../../src/config/world.js";
import { RoutingNames } from "../../../src/daemon/routing-names.js";

/** A machine whose iproute2 has these files, by path below /etc/iproute2 (or `share/…` for the other folder). */
function withFiles(files: Readonly<Record<string, string>>, look: (world: World) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "vigil-names-"));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(folder, path, ".."), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const names = new RoutingNames([folder, join(folder, "share")]);
    look({ interfaceExists: () => true, routingNames: (kind) => names.of(kind) });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("names of protocols, tables and scopes; the numbers are those that keepalived 2.2.7 gave for the same files", () => {
  it("FRR beside it: `static` stays 4", () => {
    const files = {
      rt_protos: "#\n# Reserved\n#\n0\tunspec\n4\tstatic\n186\tbgp\n",
      "rt_protos.d/frr.conf": "186  bgp\n190  ripng\n196  static\n",
    };
    withFiles(files, (world) => {
      expect(routingNumber("protocol", "static", world)).toBe(4);
      expect(routingNumber("protocol", "bgp", world)).toBe(186);
      // keepalived does not know it; iproute2 does.
      expect(routingNumber("protocol", "ripng", world)).toBe(190);
    });
  });

  it("the first entry of the file counts, then the built-in names of numbers that the file does not name", () => {
    const files = {
      rt_protos: "200 static\n201 foo\n150 foo\n8 ra\n7 foo\n1 early\n300 large\n5 three words\n",
      "rt_protos.d/a.conf": "190 boot\n5 foo\n",
      rt_tables: "77 main\n88 tt\n80 tt\n9 default\n253 xdef\n",
      "rt_tables.d/b.conf": "70 tt\n",
      rt_scopes: "10 link\n12 sc\n11 sc\n13 nowhere\n",
      rt_realms: "9 rr\n8 rr\n",
      rt_dsfield: "0x20 dd\n0x10 dd\n",
      group: "9 gg\n8 gg\n",
    };
    const expected: readonly [RoutingNameKind, string, number | undefined][] = [
      ["protocol", "static", 200],
      ["protocol", "foo", 201],
      ["protocol", "ra", 8],
      ["protocol", "boot", 3],
      ["protocol", "zebra", 11],
      ["protocol", "early", 1],
      ["protocol", "redirect", undefined],
      ["protocol", "keepalived", undefined],
      ["protocol", "large", undefined],
      ["protocol", "three", undefined],
      ["table", "main", 77],
      ["table", "tt", 88],
      ["table", "default", 9],
      ["table", "local", 255],
      ["scope", "link", 10],
      ["scope", "sc", 12],
      ["scope", "nowhere", 13],
      ["scope", "site", 200],
      ["realm", "rr", 9],
      ["dsfield", "dd", 0x20],
      ["group", "gg", 9],
    ];
    withFiles(files, (world) => {
      for (const [kind, name, number] of expected)
        expect([kind, name, routingNumber(kind, name, world)]).toEqual([kind, name, number]);
    });
  });

  it("without iproute2: the built-in names; a name of another folder of iproute2 counts when nothing else has it", () => {
    withFiles({ "share/rt_protos": "99 static\n98 openr\n" }, (world) => {
      expect(routingNumber("protocol", "static", world)).toBe(4);
      expect(routingNumber("protocol", "openr", world)).toBe(98);
      expect(routingNumber("table", "main", world)).toBe(254);
      expect(routingNumber("protocol", "0x11", world)).toBe(17);
    });
  });
});
