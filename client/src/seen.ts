/** Repetitions come within minutes: so many ids are remembered. */
const REMEMBERED = 10_000;

/** The ids of what was handed over lately. */
export class Seen {
  readonly #ids = new Set<string>();

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** Returns false if it was there. */
  add(id: string): boolean {
    if (this.#ids.has(id)) return false;
    this.#ids.add(id);
    const [oldest] = this.#ids;
    if (this.#ids.size > REMEMBERED) this.#ids.delete(oldest);
    return true;
  }
}
