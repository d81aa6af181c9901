import { broadcast } from './broadcast';
import type { AddresseeReader } from './channels/addressee';
import { receives, type Connection, type ConnectionKey, type RecipientSource } from './connection';
import type { DeliveryPorts } from './delivery-ports';
import { RefusedPublicationError } from './errors';
import { forget } from './forget';
import { inParallel } from './in-parallel';
import { KickIncompleteError } from './layer-errors';
import { errorFrame } from './log/frames';
import type { Sender } from './sender';

/** A backend's request to close connections, as received from its queue. */
export interface KickRecord {
  readonly messageId: string;
  readonly body: string;
}

export interface KickPorts extends DeliveryPorts {
  readonly addressees: Pick<AddresseeReader, 'read'>;
  /** Closes connections instead of posting to them; the body is ignored. */
  readonly closer: Sender;
  readonly report: {
    kicked(messageId: string, kicked: number, failed: number): void;
    notKicked(messageId: string, error: Error): void;
  };
}

/** Last frame before the close. The close code alone does not tell a client to stay away. */
const KICKED = Buffer.from(JSON.stringify(errorFrame(undefined, 'kicked', 'a backend closed this connection')));
/** A close has no body. */
const NOTHING = new Uint8Array();
const AT_ONCE = 16;
/** Share of a batch's time for sending the last frame: the rest is for closing and forgetting. */
const TELLING_SHARE = 0.4;
const CLOSING_SHARE = 0.6;

/**
 * Closes connections: each gets a last frame, is closed, and is forgotten. Returns the message ids of the records that have to be received
 * again; closing a connection twice does no harm.
 *
 * Invariant: a record is done only when each connection that it names is closed, and none of its rows is left.
 */
export async function handleKicks(records: readonly KickRecord[], deadline: number, ports: KickPorts): Promise<string[]> {
  const failures: string[] = [];
  for (const [nth, record] of records.entries()) {
    const now = ports.clock.now();
    const until = now + (deadline - now) / (records.length - nth);
    await kick(record, until, ports).catch((error: Error) => {
      ports.report.notKicked(record.messageId, error);
      failures.push(record.messageId);
    });
  }
  return failures;
}

async function kick({ messageId, body }: KickRecord, deadline: number, ports: KickPorts): Promise<void> {
  const { clock, closer, report, recipientsOf } = ports;
  const { target } = ports.addressees.read(targetIn(body));
  const start = clock.now();
  const share = (part: number) => start + (deadline - start) * part;
  // A connection that cannot get the frame is closed all the same.
  const found: Connection[] = [];
  const told = await broadcast({ body: KICKED, recipients: noting(recipientsOf(target), start, found), deadline: share(TELLING_SHARE) }, ports);
  const closed: Connection[] = [];
  const result = await broadcast({
    body: NOTHING,
    recipients: only(found),
    deadline: share(CLOSING_SHARE + TELLING_SHARE / 2),
    onEnd: (connection, { end, prune }) => {
      // A connection that is still opening keeps its rows: it is closed when the record comes again.
      if (end === 'delivered' || prune) closed.push(connection);
    },
  }, { ...ports, sender: closer });
  await inParallel(closed.filter(hasAge), AT_ONCE, (connection) => forget(connection, ports));
  const failed = found.length - closed.length;
  report.kicked(messageId, result.tally.delivered, failed);
  if (failed > 0 || told.tally.incompleteReads > 0) throw new KickIncompleteError(failed, told.readFailure ?? result.failure ?? told.failure);
}

function targetIn(body: string): string {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new RefusedPublicationError('a disconnect request must be JSON such as {"to":"user:123"}, got something else; correct it');
  }
  const to = value !== null && typeof value === 'object' && Object.hasOwn(value, 'to') ? (value as { to: unknown }).to : undefined;
  if (typeof to !== 'string') throw new RefusedPublicationError('a disconnect request must have a string as \'to\', got none; name a channel, a user or a connection');
  return to;
}

/** Records the connections read from a source: all of them have to be closed. */
function noting(source: RecipientSource, now: number, found: Connection[]): RecipientSource {
  return {
    async* pages(abortSignal) {
      for await (const page of source.pages(abortSignal)) {
        found.push(...page.filter((row) => receives(row, undefined, now)));
        yield page;
      }
    },
  };
}

function only(recipients: readonly Connection[]): RecipientSource {
  return {
    async* pages() {
      yield recipients;
    },
  };
}

function hasAge(connection: Connection): connection is Connection & ConnectionKey {
  return connection.connectedAt !== undefined;
}
