import type { VirtualClock } from './virtual-clock';
import type { Message } from '../../client/src/api';
import type { Page, PageRequest } from '../../client/src/sequence';

const SEALED_AFTER_MILLIS = 2_000;

type Entry = { readonly at: number; readonly message?: Message; readonly isHole?: boolean };

/** The history of one channel as the server promises it: positions without a gap, holes that are filled late or sealed, an end of the retention. */
export class HistoryModel {
  epoch = 'epoch 0';
  private entries: Entry[] = [];
  private base = 0;
  private kept = 0;
  private ids = 0;

  constructor(private readonly clock: VirtualClock, private readonly mostOfPage: () => number) {}

  get last(): number {
    return this.base + this.entries.length;
  }

  /** Appends a message. */
  publish(members: Partial<Message> = {}): Message {
    const message = { ...this.newMessage(this.last + 1), ...members };
    this.entries.push({ at: this.clock.now(), message });
    return message;
  }

  /** Reserves a position. */
  reserve(): number {
    this.entries.push({ at: this.clock.now(), isHole: true });
    return this.last;
  }

  /** Fills a position. Returns nothing when it may be sealed, or another history has begun. */
  fill(position: number): Message | undefined {
    const entry = this.entries[position - this.base - 1];
    if (!entry?.isHole || this.clock.now() - entry.at >= SEALED_AFTER_MILLIS) return undefined;
    const message = this.newMessage(position);
    this.entries[position - this.base - 1] = { at: this.clock.now(), message };
    return message;
  }

  /** Moves all but the newest few messages beyond the retention. */
  expire(kept: number): void {
    this.kept = Math.max(this.kept, this.last - kept);
  }

  /** Begins another history, as after a restore or deletion of the table: positions may begin lower. */
  restart(base: number): void {
    this.epoch = `epoch ${Number(this.epoch.slice(6)) + 1}`;
    this.entries = [];
    this.base = this.kept = base;
  }

  /** Messages that can still be read. */
  messages(): Message[] {
    return this.entries.flatMap(({ message }) => message ?? []).filter(({ position }) => position! > this.kept);
  }

  answer({ since, before, epoch, limit }: PageRequest): Page {
    if (before !== undefined) return this.below(before, limit ?? 100, epoch === undefined || epoch === this.epoch);
    if (since === undefined) return this.newest(limit ?? 100, true);
    if (epoch !== this.epoch || since > this.last || since < this.kept) return this.newest(limit ?? 0, false);
    return this.after(since, Math.min(limit ?? 100, this.mostOfPage()));
  }

  private newMessage(position: number): Message {
    return { type: 'message', id: `id ${this.ids++}`, sentAt: this.clock.now(), message: `${this.epoch} ${position}`, position };
  }

  private after(since: number, limit: number): Page {
    const messages: Message[] = [];
    let position = since;
    while (position < this.last && messages.length < limit) {
      const index = position - this.base;
      const entry = this.entries[index];
      if (entry.isHole && this.clock.now() - entry.at < SEALED_AFTER_MILLIS) break;
      if (entry.isHole) this.entries[index] = { at: entry.at };
      if (entry.message) messages.push(entry.message);
      position++;
    }
    const more = position < this.last;
    return { epoch: this.epoch, position, recovered: true, more, ...(more && position === since && { wait: 100 }), messages };
  }

  private newest(limit: number, recovered: boolean): Page {
    const hole = this.entries.findIndex(({ isHole, at }) => isHole === true && this.clock.now() - at < SEALED_AFTER_MILLIS);
    const position = hole < 0 ? this.last : this.base + hole;
    const { messages } = this.below(position + 1, Math.min(limit, limit && this.mostOfPage()), true);
    return { epoch: this.epoch, position, recovered, more: position < this.last, messages };
  }

  private below(before: number, limit: number, recovered: boolean): Page {
    const all = recovered ? this.messages().filter(({ position }) => position! < before) : [];
    const messages = limit === 0 ? [] : all.slice(-Math.min(limit, this.mostOfPage()));
    return { epoch: this.epoch, position: messages[0]?.position ?? before, recovered, more: all.length > messages.length, messages };
  }
}
