import type { BroadcastResult } from './broadcast';
import type { Addressee, AddresseeReader } from './channels/addressee';
import type { Message } from './message';
import type { PacingPolicy } from './pacer';
import { readPublication } from './publication';
import type { WorkQueue } from './queue';
import { Batch, handleRecords, type QueueBatchPorts, type QueueRecord, type Reporter, type Requested } from './queue-batch';
import type { WorkItem } from './work-item';
import { PUBLISH } from '../../src/private/contract';

/** Receives the result of each record, with the pattern of its channel. */
export interface PatternReporter extends Reporter {
  /** @param pattern pattern of the channel's rule; absent for a message to no channel */
  broadcast(id: string, result: BroadcastResult, pattern?: string): void;
}

export interface AddressedPorts extends QueueBatchPorts {
  readonly addressees: Pick<AddresseeReader, 'read'>;
  readonly report: PatternReporter;
}

/** A message and its addressee. */
export type AddressedMessage = Message & Addressee;

/** Reads a publisher's message that may be for some connections only. Errors hold no part of the message. */
export function readAddressed(record: QueueRecord, { format, addressees }: Pick<AddressedPorts, 'format' | 'addressees'>): AddressedMessage {
  const { [PUBLISH.to]: to, ...attributes } = record.attributes;
  // A value that is no String is refused like any other value.
  const isString = !(PUBLISH.to in record.attributes) || to !== undefined;
  return { ...readPublication(isString ? { ...record, attributes } : record, format), ...addressees.read(to) };
}

/** Handles a batch like `handleRecords`, but sends each message to its addressee. */
export async function handleAddressed(
  records: readonly QueueRecord[], deadline: number, ports: AddressedPorts,
  batchOf = (marks: PatternMarks) => new AddressedBatch(deadline, ports, marks),
): Promise<string[]> {
  const failures = await Promise.all(groupsByMark(records, ports).map((group) =>
    handleRecords(group.records, deadline, ports, batchOf(group.marks))));
  return failures.flat();
}

/** Records in which each id belongs to one pattern. */
interface MarkedGroup {
  readonly records: QueueRecord[];
  readonly marks: PatternMarks;
}

/**
 * Groups records so that each id belongs to one pattern. Usually there is one group: a publisher may use one id for messages to several
 * channels, and counts are kept by id. A work item carries its own pattern.
 */
function groupsByMark(records: readonly QueueRecord[], ports: AddressedPorts): MarkedGroup[] {
  const items = records.filter(({ isWorkItem }) => isWorkItem).map((record) => ({ records: [record], marks: new PatternMarks() }));
  const groups: MarkedGroup[] = [];
  for (const record of records.filter(({ isWorkItem }) => !isWorkItem)) {
    const { id, pattern } = markOf(record, ports);
    const group = groups.find(({ marks }) => marks.mark(id, pattern)) ?? { records: [], marks: new PatternMarks() };
    group.records.push(record);
    if (group.records.length > 1) continue;
    group.marks.mark(id, pattern);
    groups.push(group);
  }
  return [...groups, ...items];
}

function markOf(record: QueueRecord, ports: AddressedPorts): { readonly id: string; readonly pattern?: string } {
  try {
    const { id, rule } = readAddressed(record, ports);
    return { id, pattern: rule?.pattern };
  } catch {
    // Its error is reported when the record is handled.
    return { id: record.messageId };
  }
}

export class AddressedBatch extends Batch {
  constructor(deadline: number, protected readonly addressed: AddressedPorts, private readonly marks: PatternMarks) {
    super(deadline, {
      ...addressed,
      queue: marks.onQueue(addressed.queue),
      deadLetters: addressed.deadLetters && marks.onQueue(addressed.deadLetters),
      report: marks.inReport(addressed.report),
    });
  }

  protected override read(record: QueueRecord): Requested | undefined {
    return super.read(record, readAddressed(record, this.addressed));
  }

  protected override async deliver(record: QueueRecord, item: WorkItem, pacing: PacingPolicy): Promise<void> {
    if (record.isWorkItem) this.marks.mark(item.id, patternIn(record.body));
    await super.deliver(record, item, pacing);
  }
}

const MARK = /,"pattern":"([A-Za-z0-9_.:*-]*)"\}$/;

/**
 * Patterns of the channels to which a group of records broadcasts.
 *
 * A work item carries its pattern as its last member, so that its counts are also counted for the pattern.
 */
export class PatternMarks {
  private readonly patterns = new Map<string, string | undefined>();

  /** Records the pattern of a broadcast. False when its id belongs to another pattern already. */
  mark(id: string, pattern: string | undefined): boolean {
    if (this.patterns.has(id)) return this.patterns.get(id) === pattern;
    this.patterns.set(id, pattern);
    return true;
  }

  /** Returns a queue that adds the mark of its broadcast to each work item. */
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

/** Returns the mark of a work item. */
function patternIn(body: string): string | undefined {
  // Only the end is searched: the item may be a mebibyte long.
  return MARK.exec(body.slice(-200))?.[1];
}
