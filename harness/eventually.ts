/** Waits until `look` returns something that is neither undefined nor false, and returns that. Errors end the wait. */
export async function eventually<T>(look: () => T | undefined | false | Promise<T | undefined | false>, patienceMillis = 20_000): Promise<T> {
  const deadline = performance.now() + patienceMillis;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`not within ${patienceMillis} ms: ${look.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
