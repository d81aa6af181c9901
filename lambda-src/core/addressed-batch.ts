import type { BroadcastResult } from './broadcast';
import type { Addressee, AddresseeReader } from './channels/addressee';
import type { Message } from './message';
import type { PacingPolicy } from './pacer';
import { readPublication } from './publication';
import type { WorkQueue } from './queue';
import { Batch, handleRecords, type QueueBatchPorts, type QueueRecord, type Reporter, type Requested } from './queue-batch';
import type { WorkItem } from './work-item';
import { PUBLISH } from '../../src/private/contract';

/** Is told what came of each record, and in which channels. */
export interface PatternReporter extends Reporter {
  /** @param pattern that of the rule of the channel; absent where it was for no channel */
  broadcast(id: string, result: BroadcastResult, pattern?: string): void;
}

export interface AddressedPorts extends QueueBatchPorts {
  readonly addressees: Pick<AddresseeReader, 'read'>;
  readonly report: PatternReporter;
}

export interface MarkedPorts extends AddressedPorts {
  readonly marks: PatternMarks;
}

/** A message, and whom it is for. */
export type AddressedMessage = Message & Addressee;

/** Reads what was asked for, where it may be for some. The errors hold nothing of the message. */
export function readAddressed(record: QueueRecord, { format, addressees }: Pick<AddressedPorts, 'format' | 'addressees'>): AddressedMessage {
  const { [PUBLISH.to]: to, ...attributes } = record.attributes;
  // One that is no String is refused as any other.
  const isString = !(PUBLISH.to in record.attributes) || to !== undefined;
  return { ...readPublication(isString ? { ...record, attributes } : record, format), ...addressees.read(to) };
}

/** Handles a batch like `handleRecords`, but each message goes to whom it names. */
export async function handleAddressed(records: readonly QueueRecord[], deadline: number, ports: MarkedPorts): Promise<string[]> {
  return handleRecords(records, deadline, ports, new AddressedBatch(deadline, ports));
}

class AddressedBatch extends Batch {
  constructor(deadline: number, private readonly addressed: MarkedPorts) {
    super(deadline, addressed);
  }

  protected override read(record: QueueRecord): Requested | undefined {
    const message = readAddressed(record, this.addressed);
    this.addressed.marks.mark(message.id, message.rule?.pattern);
    return super.read(record, message);
  }

  protected override async deliver(record: QueueRecord, item: WorkItem, pacing: PacingPolicy): Promise<void> {
    if (record.isWorkItem) this.addressed.marks.mark(item.id, patternIn(record.body));
    await super.deliver(record, item, pacing);
  }
}

const MARK = /,"pattern":"([A-Za-z0-9_.:*-]*)"\}$/;

/**
 * Which broadcasts of an invocation are for which channels, by the pattern of their rule.
 *
 * A work item bears it as its last member, so that what is counted of it counts for the pattern too.
 */
export class PatternMarks {
  private readonly patterns = new Map<string, string>();

  mark(id: string, pattern: string | undefined): void {
    if (pattern !== undefined) this.patterns.set(id, pattern);
  }

  /** A queue whose work items bear the mark of their broadcast. */
  onQueue(queue: WorkQueue): WorkQueue {
    return {
      send: (entries, abortSignal) => queue.send(entries.map((entry) => {
        const pattern = this.patterns.get(entry.group);
        return pattern === undefined ? entry : { ...entry, body: `${entry.body.slice(0, -1)},"pattern":${JSON.stringify(pattern)}}` };
      }), abortSignal),
    };
  }

  inReport(report: PatternReporter): PatternReporter {
    return {
      broadcast: (id, result) => report.broadcast(id, result, this.patterns.get(id)),
      failed: (id, error) => report.failed(id, error),
    };
  }
}

/** The mark of a work item. */
function patternIn(body: string): string | undefined {
  // The rest of an item may be a mebibyte.
  return MARK.exec(body.slice(-200))?.[1];
}
