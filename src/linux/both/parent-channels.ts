/** The channels to the native parent, native/parent/protocol.h. */

/** In the environment: the descriptors. The parent removes a variable of this name that it was started with. */
const VARIABLE = "VIGIL_CHANNELS";

/** Descriptors that the process was started with; every thread may use them. */
export interface ParentChannels {
  /** SOCK_SEQPACKET: one message is one packet. */
  readonly control: number;
  /** SOCK_SEQPACKET, to the starter of scripts. */
  readonly starter: number;
}

/** The channels; undefined in a program that has no parent: tests, and the operator's commands. */
export const parentChannels: ParentChannels | undefined = read(process.env[VARIABLE]);

function read(text: string | undefined): ParentChannels | undefined {
  const found = /^(\d+),(\d+)$/.exec(text ?? "");
  return found === null ? undefined : { control: Number(found[1]), starter: Number(found[2]) };
}
