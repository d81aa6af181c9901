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

/** A backend's request that connections be closed, as it lay on its queue. */
export interface KickRecord {
  readonly messageId: string;
  readonly body: string;
}

export interface KickPorts extends DeliveryPorts {
  readonly addressees: Pick<AddresseeReader, 'read'>;
  /** Closes connections in place of posting to them: what is posted does not matter. */
  readonly closer: Sender;
  readonly report: {
    kicked(messageId: string, kicked: number, failed: number): void;
    notKicked(messageId: string, error: Error): void;
  };
}

/** What tells a client not to connect again: by the code of the close alone it could not know. */
const KICKED = Buffer.from(JSON.stringify(errorFrame(undefined, 'kicked', 'a backend closed this connection')));
/** A close has no body. */
const NOTHING = new Uint8Array();
const AT_ONCE = 16;
/** Of the time of a batch, what telling may take: the rest is for closing and forgetting. */
const TELLING_SHARE = 0.4;
const CLOSING_SHARE = 0.6;

/**
 * Closes connections: each is told so, then closed, then forgotten. Returns the message ids of the records that have to be received again;
 * to close a connection again does no harm.
 *
 * Invariant: a record is done with only when each connection that it names is closed, and no row is left of it.
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
  // Whoever cannot be told is closed all the same.
  const found: Connection[] = [];
  const told = await broadcast({ body: KICKED, recipients: noting(recipientsOf(target), start, found), deadline: share(TELLING_SHARE) }, ports);
  const closed: Connection[] = [];
  const result = await broadcast({
    body: NOTHING,
    recipients: only(found),
    deadline: share(CLOSING_SHARE + TELLING_SHARE / 2),
    onEnd: (connection, { end, prune }) => {
      // One that is still opening has to keep its rows: it is closed when the record comes again.
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
    throw new RefusedPublicationError('a kick must be JSON such as {"to":"user:123"}, got something else; correct it');
  }
  const to = value !== null && typeof value === 'object' && Object.hasOwn(value, 'to') ? (value as { to: unknown }).to : undefined;
  if (typeof to !== 'string') throw new RefusedPublicationError('a kick must say \'to\' as a string, got none; name a channel, a user or a connection');
  return to;
}

/** Notes who is read from a source: whoever is to be closed. */
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
