import { REMEMBERED } from './limits';

/** The ids of what was handed over lately. */
export class Seen extends Set<string> {
  /** Returns false if it was there. */
  isNew(id: string): boolean {
    if (this.has(id)) return false;
    const [oldest] = this.add(id);
    return this.size <= REMEMBERED || this.delete(oldest);
  }
}
