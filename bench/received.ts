import type { Report } from '../harness/endpoint/protocol';

/** Messages with the positions 1 to `messages` that all recipients have. */
export interface Received {
  /** Messages that a recipient has not got, or has got more than once, times recipients. */
  readonly lost: number;
  readonly repeated: number;
  /** Pairs of messages of a frame, one after the other, that are in the wrong order, times recipients. */
  readonly disordered: number;
  /** Frames that a recipient got after a later one: the client sorts them by their positions. */
  readonly overtaken: number;
  /** When the last recipient got each message, in epoch milliseconds, by position. */
  readonly doneAt: ReadonlyMap<number, number>;
}

interface Placed {
  readonly position: number;
}

/** Reads what an endpoint took: frames with messages, or messages that have a frame each. */
export function received({ posts, bodies }: Pick<Report, 'posts' | 'bodies'>, messages: number, recipients: readonly string[]): Received {
  const positionsIn = new Map(Object.entries(bodies).map(([hash, text]) => [hash, positionsOf(text)]));
  const counts = new Map(recipients.map((id) => [id, new Uint16Array(messages + 1)]));
  const highest = new Map<string, number>();
  const doneAt = new Map<number, number>();
  let disordered = 0;
  let overtaken = 0;
  for (const { connectionId, body, at, accepted } of posts) {
    if (!accepted) continue;
    const positions = positionsIn.get(body)!;
    disordered += positions.filter((position, nth) => nth > 0 && position < positions[nth - 1]).length;
    const before = highest.get(connectionId) ?? 0;
    if (positions[0] < before) overtaken++;
    highest.set(connectionId, Math.max(before, ...positions));
    for (const position of positions) {
      counts.get(connectionId)![position]++;
      doneAt.set(position, Math.max(at, doneAt.get(position) ?? 0));
    }
  }
  let lost = 0;
  let repeated = 0;
  for (const count of counts.values()) {
    for (let position = 1; position <= messages; position++) {
      if (count[position] === 0) lost++;
      else repeated += count[position] - 1;
    }
  }
  return { lost, repeated, disordered, overtaken, doneAt };
}

function positionsOf(body: string): number[] {
  const frame = JSON.parse(body) as Placed | { readonly messages: readonly Placed[] };
  return ('messages' in frame ? frame.messages : [frame]).map(({ position }) => position);
}
