import type { VirtualClock } from '../../../harness/virtual-clock';
import type { QueueEntry, WorkQueue } from '../../../lambda-src/core/queue';
import { readWorkItem, type WorkItem } from '../../../lambda-src/core/work-item';

/** Takes entries after a while, or refuses the nth batch as scripted, or leaves it without an answer until the signal aborts. */
export class FakeQueue implements WorkQueue {
  public readonly batches: (readonly QueueEntry[])[] = [];
  public inFlight = 0;
  public mostInFlight = 0;
  private asked = 0;

  constructor(private readonly clock: VirtualClock, private readonly fate: (nth: number) => Error | 'hang' | undefined = () => undefined) {}

  async send(entries: readonly QueueEntry[], abortSignal: AbortSignal): Promise<void> {
    this.mostInFlight = Math.max(this.mostInFlight, ++this.inFlight);
    const fate = this.fate(++this.asked);
    if (fate === 'hang') await new Promise((resolve) => abortSignal.addEventListener('abort', resolve));
    else await this.clock.sleep(20);
    this.inFlight--;
    if (abortSignal.aborted) throw new Error('aborted');
    if (fate instanceof Error) throw fate;
    this.batches.push(entries);
  }

  get entries(): QueueEntry[] {
    return this.batches.flat();
  }

  get items(): WorkItem[] {
    return this.entries.map(({ body }) => readWorkItem(body));
  }
}
