/** Headers as API Gateway passes them on: each name in the case that the client wrote. */
export type Headers = Readonly<Record<string, string | undefined>>;

/** Returns the values of all headers of this name, which is in lower case here. */
export function headerValues(headers: Headers | null | undefined, name: string): string[] {
  return Object.entries(headers ?? {}).flatMap(([key, value]) => (value && key.toLowerCase() === name ? [value] : []));
}
