/** Short forms of configurations and findings for tests of the config layer. */

import { encodeUtf8 } from "../../../src/base/utf8.js";
import { MemoryFiles } from "../../../src/config/file-source.js";
import { type LoadOptions, type LoadResult, loadConfig, parseConfig } from "../../../src/config/load.js";

/** `LINE:COLUMN MESSAGE` of every finding that keepalived counts; of those without a position only the message. */
export function complaints(text: string, options: Partial<LoadOptions> = {}): string[] {
  return findings(parseConfig(text, "k.conf", options));
}

/** As {@link complaints}, of a result. */
export function findings({ diagnostics }: LoadResult): string[] {
  return diagnostics
    .filter(({ severity }) => severity !== "note")
    .map(({ position, message }) =>
      position === undefined ? message : `${position.line}:${position.column} ${message}`,
    );
}

/** A configuration of several files; the first is read. */
export function loadFiles(
  files: Readonly<Record<string, string>>,
  options: Partial<LoadOptions> = {},
): LoadResult {
  const paths = Object.keys(files);
  return loadConfig({
    configId: "",
    environment: new Map(),
    ...options,
    path: paths[0] ?? "",
    files: new MemoryFiles(new Map(paths.map((path) => [path, encodeUtf8(files[path] ?? "")]))),
  });
}

/** An instance that nothing is wrong with, with further lines in it (line 6 on) and before it. */
export function instance(lines: string, before = ""): string {
  return `${before}vrrp_instance A {
interface eth0
virtual_router_id 7
virtual_ipaddress {
10.0.0.1 }
${lines}
}
`;
}
