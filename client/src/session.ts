/** Random: nobody else can send a message that passes for one of this client's. The server takes 22 to 64 characters. */
export function newSession(): string {
  // React Native has no crypto without a package. Pages served over plain http have this, and no randomUUID.
  return (globalThis.crypto?.getRandomValues(new Uint32Array(5)) ?? [Math.random(), Math.random()]).join('');
}
