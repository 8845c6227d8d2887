/** The control API's answers as a JSON Schema (draft 2020-12): `GET /v1/schema`. Strict, so that a new field must be added here. */

const TEXT = { type: "string" } as const;
const TEXT_OR_NULL = { type: ["string", "null"] } as const;
const COUNT = { type: "integer", minimum: 0 } as const;
const INTEGER = { type: "integer" } as const;
const FLAG = { type: "boolean" } as const;
const STATE = { enum: ["INIT", "BACKUP", "MASTER", "FAULT"] } as const;
const TIME = { type: "string", pattern: "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$" } as const;

/** An object with exactly these properties. */
function exactly(properties: Readonly<Record<string, unknown>>): object {
  return { type: "object", properties, required: Object.keys(properties), additionalProperties: false };
}

function listOf(items: unknown): object {
  return { type: "array", items };
}

function orNull(schema: object): object {
  return { anyOf: [schema, { type: "null" }] };
}

const INSTANCE = {
  name: TEXT,
  state: STATE,
  transition: orNull(exactly({ since: TIME, sinceLocal: TEXT, cause: TEXT, text: TEXT })),
  rule: exactly({ code: TEXT, text: TEXT }),
  vrid: { type: "integer", minimum: 1, maximum: 255 },
  version: { enum: [2, 3] },
  family: { enum: [4, 6] },
  interface: TEXT_OR_NULL,
  source: TEXT_OR_NULL,
  priority: exactly({ base: COUNT, effective: COUNT }),
  master: orNull(exactly({ address: TEXT, priority: COUNT, self: FLAG })),
  addresses: listOf(exactly({ address: TEXT, interface: TEXT, advertised: FLAG, present: FLAG })),
  faults: listOf(exactly({ kind: TEXT, text: TEXT, since: TIME, sinceLocal: TEXT })),
  tracked: listOf(
    exactly({
      kind: TEXT,
      name: TEXT,
      weight: INTEGER,
      reverse: FLAG,
      ok: { type: ["boolean", "null"] },
      contribution: INTEGER,
      blocks: FLAG,
      evidence: TEXT,
    }),
  ),
  findings: listOf(
    exactly({
      code: TEXT,
      severity: { enum: ["warning", "note"] },
      summary: TEXT,
      text: TEXT,
      advice: TEXT_OR_NULL,
    }),
  ),
  group: TEXT_OR_NULL,
};

const EVENT = exactly({
  sequence: COUNT,
  time: TIME,
  local: TEXT,
  kind: { enum: ["transition", "news"] },
  instance: TEXT_OR_NULL,
  text: TEXT,
  cause: TEXT_OR_NULL,
});

/** `$defs` has one schema for each answer: `status`, `explain`, `events`, `event` (the data of a server-sent event), `reload`, `drain`, `undrain`, `dump`, `error`. */
export const CONTROL_SCHEMA = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "Vigil control API, version 1",
  description:
    "GET /v1/status[?instance=NAME], GET /v1/explain[?instance=NAME], GET /v1/events[?after=SEQUENCE] (with Accept: text/event-stream a stream), POST /v1/reload, POST /v1/drain[?instance=NAME&reason=TEXT&persist=true], POST /v1/undrain[?instance=NAME], POST /v1/dumps/{data,stats,stats-clear,json}, GET /v1/schema",
  $defs: {
    status: exactly({
      version: TEXT,
      pid: COUNT,
      node: exactly({ state: { enum: ["holder", "backup", "degraded", "fault"] }, sentence: TEXT }),
      instances: listOf(exactly(INSTANCE)),
      groups: listOf(exactly({ name: TEXT, state: STATE, members: listOf(TEXT), joining: listOf(TEXT) })),
      withoutEffect: listOf(TEXT),
    }),
    explain: exactly({
      instances: listOf(
        exactly({
          ...INSTANCE,
          inputs: listOf(exactly({ name: TEXT, value: TEXT, evidence: TEXT_OR_NULL })),
          changes: listOf(TEXT),
        }),
      ),
    }),
    events: exactly({ events: listOf(EVENT), last: COUNT }),
    event: EVENT,
    reload: exactly({ reload: { enum: ["applied", "refused"] } }),
    drain: exactly({
      drained: listOf(exactly({ instance: TEXT, reason: TEXT, persistent: FLAG, state: STATE })),
    }),
    undrain: exactly({ undrained: listOf(TEXT) }),
    dump: exactly({ dumped: { enum: ["data", "stats", "stats-clear", "json"] } }),
    error: exactly({ error: TEXT }),
  },
};
