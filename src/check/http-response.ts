/**
 * Reads one HTTP/1.1 response as it comes: no more than a health check needs. Text is one character a byte (Latin-1). Whatever a
 * server sends, it is read in bounded space and time.
 */

/** A complete response. */
export interface HttpResponse {
  readonly status: number;
  /** At most {@link MAX_BODY} bytes of it. */
  readonly body: string;
  /** The connection may be used again. */
  readonly keepAlive: boolean;
}

/** Most bytes of a body that are kept; health reports have a few hundred to a few thousand. */
const MAX_BODY = 65_536;

/** Most bytes before the body, and of the line of a chunk. */
const MAX_HEAD = 16_384;

/** Most bytes of a whole response: what sends more is no health report, and reading on would cost the other checks their time. */
export const MAX_RESPONSE = 1 << 20;

interface Head {
  readonly status: number;
  readonly keepAlive: boolean;
  /** Bytes; undefined: until the connection ends. */
  readonly length: number | undefined;
  readonly chunked: boolean;
}

/** Reads one response after the other; call {@link reset} in between. */
export class ResponseReader {
  #buffer = "";
  #head: Head | undefined;
  #body = "";
  /** Bytes of the body still to come, of the chunk when it is chunked. */
  #missing = 0;
  /** Bytes taken since the last {@link reset}. */
  #taken = 0;

  /** Forgets everything. */
  reset(): void {
    this.#buffer = "";
    this.#head = undefined;
    this.#body = "";
    this.#missing = 0;
    this.#taken = 0;
  }

  /** True when something of a response has come. */
  get begun(): boolean {
    return this.#head !== undefined || this.#buffer !== "";
  }

  /** Takes what came; undefined: there is more to come. */
  push(text: string): HttpResponse | "invalid" | "too long" | undefined {
    this.#taken += text.length;
    if (this.#taken > MAX_RESPONSE) return "too long";
    this.#buffer += text;
    while (this.#head === undefined) {
      const head = this.#takeHead();
      if (head === "invalid" || head === undefined) return head;
      // 1xx: a real answer follows.
      if (head.status < 200) continue;
      this.#head = head;
      this.#missing = head.chunked ? 0 : (head.length ?? Number.POSITIVE_INFINITY);
    }
    return this.#head.chunked ? this.#takeChunks(this.#head) : this.#takePlain(this.#head);
  }

  /** The connection ended; the response when that is its end. */
  end(): HttpResponse | undefined {
    const head = this.#head;
    if (head === undefined || head.chunked || head.length !== undefined) return undefined;
    return { status: head.status, body: this.#body, keepAlive: false };
  }

  #takeHead(): Head | "invalid" | undefined {
    const end = this.#buffer.indexOf("\r\n\r\n");
    if (end < 0) {
      const wrong = this.#buffer.length > MAX_HEAD || !"HTTP/1.".startsWith(this.#buffer.slice(0, 7));
      return wrong ? "invalid" : undefined;
    }
    const lines = this.#buffer.slice(0, end).split("\r\n");
    this.#buffer = this.#buffer.slice(end + 4);
    const first = /^HTTP\/1\.([01]) ([1-5][0-9][0-9])(?: |$)/.exec(lines[0] ?? "");
    if (first === null || end > MAX_HEAD) return "invalid";
    const status = Number(first[2]);
    let keepAlive = first[1] === "1";
    let length: number | undefined = status === 204 || status === 304 ? 0 : undefined;
    let chunked = false;
    for (const line of lines.slice(1)) {
      const colon = line.indexOf(":");
      const value = line.slice(colon + 1).trim();
      switch (line.slice(0, colon).toLowerCase()) {
        case "content-length":
          if (!/^[0-9]{1,15}$/.test(value)) return "invalid";
          length ??= Number(value);
          break;
        case "transfer-encoding":
          chunked = value.toLowerCase() === "chunked";
          break;
        case "connection":
          if (value.toLowerCase() === "close") keepAlive = false;
          else if (value.toLowerCase() === "keep-alive") keepAlive = true;
          break;
      }
    }
    if (!chunked && length === undefined) keepAlive = false;
    return { status, keepAlive, length, chunked };
  }

  #takePlain(head: Head): HttpResponse | undefined {
    const part = this.#buffer.slice(0, this.#missing);
    this.#missing -= part.length;
    this.#buffer = this.#buffer.slice(part.length);
    this.#keep(part);
    if (this.#missing > 0) return undefined;
    // Bytes that nobody asked for: what comes next could not be told apart from an answer.
    const keepAlive = head.keepAlive && this.#buffer === "";
    return { status: head.status, body: this.#body, keepAlive };
  }

  #takeChunks(head: Head): HttpResponse | "invalid" | undefined {
    for (;;) {
      if (this.#missing > 0) {
        const part = this.#buffer.slice(0, this.#missing);
        this.#missing -= part.length;
        this.#buffer = this.#buffer.slice(part.length);
        this.#keep(part);
        if (this.#missing > 0) return undefined;
        continue;
      }
      // The line of the next chunk, behind the line end of the last one.
      const size = /^(?:\r\n)?([0-9A-Fa-f]{1,8})(?:;[^\r\n]*)?\r\n/.exec(this.#buffer);
      if (size === null) {
        const wrong = this.#buffer.length > MAX_HEAD || /^(?:\r\n)?[^0-9A-Fa-f\r]/.test(this.#buffer);
        return wrong ? "invalid" : undefined;
      }
      const length = Number.parseInt(size[1] ?? "", 16);
      if (length === 0) return this.#takeTrailer(head, size[0].length);
      this.#buffer = this.#buffer.slice(size[0].length);
      this.#missing = length;
    }
  }

  #takeTrailer(head: Head, from: number): HttpResponse | "invalid" | undefined {
    const rest = this.#buffer.slice(from);
    const end = rest.startsWith("\r\n") ? 2 : rest.indexOf("\r\n\r\n") + 4;
    if (end === 3) return rest.length > MAX_HEAD ? "invalid" : undefined;
    return { status: head.status, body: this.#body, keepAlive: head.keepAlive && rest.length === end };
  }

  #keep(part: string): void {
    if (this.#body.length < MAX_BODY) this.#body = (this.#body + part).slice(0, MAX_BODY);
  }
}
