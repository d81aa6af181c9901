const CHARACTERS = 24;

/** Random: nobody else can send a message that passes for one of this client's. */
export function newSession(): string {
  // React Native has no crypto without a package. Pages served over plain http have this, and no randomUUID.
  const bytes = globalThis.crypto?.getRandomValues(new Uint8Array(CHARACTERS)) ?? Array.from({ length: CHARACTERS }, () => Math.random() * 256);
  return Array.from(bytes, (byte) => (byte & 31).toString(32)).join('');
}
