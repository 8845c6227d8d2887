/** http and https URLs, as far as a health check needs them: no user, no fragment. */

/** The parts of a URL. */
export interface UrlParts {
  readonly scheme: "http" | "https";
  /** An IPv6 address stands without its brackets. */
  readonly host: string;
  readonly port: number;
  /** Path and query; undefined when there is none. */
  readonly path: string | undefined;
}

const URL_FORM =
  /^(https?):\/\/(?:\[([0-9A-Fa-f:.]+(?:%\w+)?)\]|([A-Za-z0-9._-]+))(?::([0-9]{1,5}))?([/?][\x21-\x7e]*)?$/;

/** The parts; undefined for anything that is no such URL. */
export function splitUrl(text: string): UrlParts | undefined {
  const match = URL_FORM.exec(text);
  if (match === null) return undefined;
  const [, scheme, v6, name, portText, path] = match;
  const host = v6 ?? name;
  const port = portText === undefined ? (scheme === "https" ? 443 : 80) : Number(portText);
  if (host === undefined || (scheme !== "http" && scheme !== "https") || port < 1 || port > 65_535)
    return undefined;
  return { scheme, host, port, path: path?.startsWith("?") ? `/${path}` : path };
}
