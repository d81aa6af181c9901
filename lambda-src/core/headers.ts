/** Headers as API Gateway passes them on: each name as the client wrote it. */
export type Headers = Readonly<Record<string, string | undefined>>;

/** Returns the values of all headers with this lower-case name. */
export function headerValues(headers: Headers | null | undefined, name: string): string[] {
  return Object.entries(headers ?? {}).flatMap(([key, value]) => (value && key.toLowerCase() === name ? [value] : []));
}
