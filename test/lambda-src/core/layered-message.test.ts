import { FakeBudget, FakeRows, FakeSender, FakeSource, rows, status } from './fakes';
import { CHANNEL, MemoryTable, NOW } from './log/memory-table';
import { VirtualClock } from '../../../harness/virtual-clock';
import type { LayeredMessagePorts, RoutedMessage } from '../../../lambda-src/core/actions/action';
import { RateExceededError, SenderUnknownError } from '../../../lambda-src/core/errors';
import { answerMessage } from '../../../lambda-src/core/layered-message';
import { LogThrottledError } from '../../../lambda-src/core/log/log-table';
import { lookBack } from '../../../lambda-src/core/log/look-back';
import { messageIdOf } from '../../../lambda-src/core/log/message-id';
import { byQueue, directly, type MessageQueue } from '../../../lambda-src/core/log/publishers';

const SENDER = { connectionId: 'ann=', connectedAt: NOW - 600_000 };
const SESSION = 's'.repeat(22);

interface Situation {
  /** @default - direct mode */
  readonly queue?: MessageQueue;
  readonly pages?: (now: number) => ConstructorParameters<typeof FakeSource>[1];
  readonly ports?: Partial<LayeredMessagePorts>;
  readonly intake?: Partial<LayeredMessagePorts['intake']>;
  /** Milliseconds of the invocation. */
  readonly millis?: number;
}

/** An API with its history in memory, which survives the invocations. */
class Api {
  readonly table = new MemoryTable();
  readonly clock = new VirtualClock(NOW);
  /** One sender per invocation. */
  private readonly senders: FakeSender[] = [];
  readonly refusals: string[] = [];
  readonly failed: string[] = [];
  readonly undelivered: string[] = [];
  readonly unqueued: string[] = [];
  readonly unrecovered: string[] = [];
  readonly spent: boolean[] = [];
  private sent = 0;

  constructor(private readonly situation: Situation = {}) {}

  action(action: string, members: object, over: Partial<RoutedMessage> = {}) {
    return this.send(JSON.stringify({ action, ref: 'r', ...members }), { routeKey: action, ...over });
  }

  /** Returns the answer for a frame's sender, as API Gateway passes it on. */
  async send(text: string, over: Partial<RoutedMessage> = {}) {
    const { ports, millis = 28_000 } = this.situation;
    const incoming = { id: `m${++this.sent}`, sentAt: NOW, sender: SENDER, text, routeKey: '$default', ...over };
    const { statusCode, body } = await this.clock.runUntil(answerMessage(incoming, this.clock.now() + millis, { ...this.ports(), ...ports }));
    return { statusCode, ...(body !== undefined && { frame: JSON.parse(body) }) };
  }

  /** Sent bodies, each message once. */
  get bodies(): string[] {
    return this.senders.flatMap(({ bodies }) => bodies);
  }

  private ports(): LayeredMessagePorts {
    const { queue, intake, pages = (now) => [rows(3, now)] } = this.situation;
    const { clock, table } = this;
    const sender = new FakeSender(clock, () => status(200));
    this.senders.push(sender);
    const undelivered = (id: string, error: Error) => void this.undelivered.push(`${id} ${error.name}`);
    const delivery = {
      recipientsOf: () => new FakeSource(clock, pages(clock.now())),
      rows: new FakeRows(clock),
      sender,
      budget: new FakeBudget(clock),
      clock,
      random: () => 0.5,
      maxInFlight: 128,
    };
    return {
      intake: {
        countRefusal: (id, reason) => this.refusals.push(`${id}: ${reason}`), format: 'ENVELOPE', maxBytes: 24 * 1024, excludesSender: false, ...intake,
      },
      actionRate: { spend: async (_sender, _at, again) => void this.spent.push(again) },
      publishAccess: intake?.publishClaim ? { kind: 'claim', ...intake.publishClaim } : { kind: 'anyone' },
      clock,
      logUntil: () => ({
        append: (channel, message) => table.writer().append(channel, message, Infinity),
        appendAll: (channel, messages) => table.writer().appendAll(channel, messages, Infinity),
        find: (channel, ids, notBefore) => lookBack(table, channel, ids, notBefore),
        read: (channel, request, room) => table.reader().read(channel, request, room),
      }),
      deliversNow: !queue,
      publish: queue ? byQueue(queue, { undelivered }) : directly(delivery, { broadcast: () => undefined, undelivered }),
      report: {
        failed: (id, error) => this.failed.push(`${id} ${error.name}`),
        unrecovered: (id) => this.unrecovered.push(id),
      },
      unqueued: (id, error) => this.unqueued.push(`${id} ${error.name}`),
    };
  }
}

const throttle = () => {
  throw new LogThrottledError(new Error('secret of the SDK'));
};
const takes = () => ({ publish: jest.fn(async () => undefined) });
const errorWith = (code: string, more: object = {}) => ({ statusCode: 200, frame: { type: 'error', ref: 'r', code, message: expect.any(String), ...more } });

describe('publish', () => {
  test('is acknowledged with the id of its sender and ref, its position, and the number of deliveries', async () => {
    const api = new Api();
    const id = messageIdOf({ connectionId: 'ann=', channel: CHANNEL, ref: 'r' });
    expect(await api.action('publish', { message: 'hello' })).toEqual({ statusCode: 200, frame: { type: 'ack', ref: 'r', id, position: 1, delivered: 3 } });
    expect(api.bodies.map((body) => JSON.parse(body))).toEqual([{ type: 'message', id, from: 'ann=', sentAt: NOW, message: 'hello', position: 1 }]);
    expect(api.spent).toEqual([false]);
  });

  test('has the name from the authorizer', async () => {
    const api = new Api({ intake: { senderNameKey: 'name' } });
    await api.action('publish', { message: 'hello' }, { authorizer: { name: 'Ann' } });
    expect(JSON.parse(api.bodies[0])).toMatchObject({ from: 'Ann' });
  });

  test('that is repeated keeps its position on all connections of a session, and is delivered as it was stored', async () => {
    const api = new Api();
    const first = await api.action('publish', { message: 'first', session: SESSION });
    const again = await api.action('publish', { message: 'second', session: SESSION, again: true }, { sender: { connectionId: 'new=', connectedAt: NOW } });
    expect(again).toEqual(first);
    expect(api.bodies[1]).toBe(api.bodies[0]);
    expect(api.spent).toEqual([false, true]);
  });

  test('with the same ref in two sessions, or on two connections without a session, is two messages', async () => {
    const api = new Api();
    const idOf = async (members: object, connectionId = 'ann=') => {
      const { frame } = await api.action('publish', { message: 'm', again: true, ...members }, { sender: { ...SENDER, connectionId } });
      return `${frame.position} ${frame.id}`;
    };
    const ids = [await idOf({ session: SESSION }), await idOf({ session: `${SESSION}2` }), await idOf({}), await idOf({}, 'bob=')];
    expect(new Set(ids).size).toBe(4);
    expect(await idOf({ session: SESSION }, 'bob=')).toBe(ids[0]);
  });

  test('that could be delivered to nobody is acknowledged nevertheless: it is in the history', async () => {
    const api = new Api({ pages: () => [new Error('unreadable')] });
    expect(await api.action('publish', { message: 'm' })).toMatchObject({ frame: { type: 'ack', position: 1, delivered: 0 } });
    expect(api.failed).toEqual([]);
    expect((await api.action('history', { limit: 1 })).frame.messages).toMatchObject([{ message: 'm', position: 1 }]);
  });

  test('is rate_exceeded when the table accepts no more, and nothing is delivered', async () => {
    const api = new Api();
    api.table.before = ({ kind }) => (kind === 'reserve' ? throttle() : undefined);
    const { frame } = await api.action('publish', { message: 'm' });
    expect(frame).toMatchObject({ type: 'error', ref: 'r', code: 'rate_exceeded' });
    expect(JSON.stringify(frame)).not.toContain('secret');
    expect(api.bodies).toEqual([]);
    expect(api.failed).toEqual(['m1 LogThrottledError']);
  });

  test('is unavailable when the table fails, also while it is unknown whether it was sent before', async () => {
    const api = new Api();
    api.table.before = ({ kind }) => {
      if (kind === 'fill' || kind === 'entries') throw new Error('secret');
    };
    expect(await api.action('publish', { message: 'm' })).toEqual(errorWith('unavailable'));
    expect(await api.action('publish', { message: 'm', again: true })).toEqual(errorWith('unavailable'));
    expect(api.bodies).toEqual([]);
    expect(api.failed).toEqual(['m1 Error', 'm2 Error']);
  });

  test('that is repeated is unavailable while the table throttles the look-up, and never gets a second position', async () => {
    const api = new Api();
    await api.action('publish', { message: 'm', session: SESSION });
    api.table.before = ({ kind }) => (kind === 'entries' ? throttle() : undefined);
    expect((await api.action('publish', { message: 'm', session: SESSION, again: true })).frame.type).toBe('error');
    api.table.before = () => undefined;
    expect((await api.action('publish', { message: 'm', session: SESSION, again: true })).frame).toMatchObject({ type: 'ack', position: 1 });
    expect(await api.table.held()).toHaveLength(1);
  });

  test('in queued mode is acknowledged without a count, and put on the queue with its position', async () => {
    const queue = takes();
    const { frame } = await new Api({ queue }).action('publish', { message: 'm' });
    expect(frame).toEqual({ type: 'ack', ref: 'r', id: expect.any(String), position: 1 });
    expect(queue.publish).toHaveBeenCalledWith(
      { body: expect.stringContaining('"position":1'), group: 'ann=' }, expect.objectContaining({ format: 'RAW', id: frame.id }), expect.any(AbortSignal),
    );
  });

  test('that is in no history, and that the queue refuses, is unavailable and counted', async () => {
    const queue = { publish: jest.fn(async () => undefined).mockRejectedValueOnce(new Error('denied')) };
    const api = new Api({ queue, ports: { logUntil: undefined } });
    expect(await api.action('publish', { message: 'm' })).toEqual(errorWith('unavailable'));
    expect([api.unqueued, api.undelivered, api.failed]).toEqual([['m1 QueueRefusedError'], [], []]);
    expect(await api.action('publish', { message: 'm' })).toMatchObject({ frame: { type: 'ack' } });
    expect(api.unqueued).toHaveLength(1);
  });

  test('that the queue refuses is unavailable, with the position that it keeps when it is repeated', async () => {
    const queue = { publish: jest.fn(async () => undefined).mockRejectedValueOnce(new Error('denied')) };
    const api = new Api({ queue });
    expect(await api.action('publish', { message: 'm' })).toEqual(errorWith('unavailable', { position: 1 }));
    expect(api.undelivered).toEqual([expect.stringContaining('QueueRefusedError')]);
    expect(api.failed).toEqual([]);
    expect((await api.action('publish', { message: 'm', again: true })).frame).toMatchObject({ type: 'ack', position: 1 });
  });

  test.each<[string, Situation, object, string]>([
    ['a form that is not that of the specification', {}, { message: 1 }, 'bad_request'],
    ['a channel, of which there are none', {}, { message: 'm', channel: 'room' }, 'unknown_channel'],
    ['more than may be sent', { intake: { maxBytes: 150 } }, { message: 'm'.repeat(80) }, 'too_large'],
    ['a client that may not', { intake: { publishClaim: { key: 'may', patterns: false } } }, { message: 'm' }, 'forbidden'],
    ['no client that may', { ports: { publishAccess: { kind: 'nobody' } } }, { message: 'm' }, 'forbidden'],
    ['a rate that is spent', { ports: { actionRate: { spend: async () => Promise.reject(new RateExceededError(1, 1)) } } }, { message: 'm' }, 'rate_exceeded'],
    ['a sender that is not stored', { ports: { actionRate: { spend: async () => Promise.reject(new SenderUnknownError()) } } }, { message: 'm' }, 'unavailable'],
  ])('is refused for %s, counted, and gets no position', async (_what, situation, members, code) => {
    const api = new Api(situation);
    expect(await api.action('publish', members)).toEqual(errorWith(code));
    expect(api.refusals).toHaveLength(1);
    expect(api.failed).toEqual([]);
    expect(api.table.requests).toEqual([]);
  });

  test('whose rate cannot be checked is unavailable, and counted as a failure', async () => {
    const api = new Api({ ports: { actionRate: { spend: async () => Promise.reject(new Error('secret')) } } });
    expect(await api.action('publish', { message: 'm' })).toEqual(errorWith('unavailable'));
    expect([api.refusals, api.failed]).toEqual([[], ['m1 Error']]);
  });

  test('counts against the rate before anything else is looked at', async () => {
    const api = new Api();
    for (const members of [{ message: 1 }, { message: 'm', channel: 'room' }, { message: 'm', again: true }]) await api.action('publish', members);
    await api.action('history', { since: -1 });
    expect(api.spent).toEqual([false, false, true, false]);
  });

  test.each<[string, string[]]>([['lists all connections', ['*', 'news *', 'news, *']], ['does not', ['', 'news', '**', 'x']]])(
    'is let by a claim that %s', async (what, lists) => {
      for (const may of lists) {
        const api = new Api({ intake: { publishClaim: { key: 'may', patterns: false } } });
        const { frame } = await api.action('publish', { message: 'm' }, { authorizer: { may } });
        expect(frame.type).toBe(what === 'does not' ? 'error' : 'ack');
      }
    },
  );

  test('may be as large as fits with any position: one byte more is refused', async () => {
    const overhead = Buffer.byteLength(JSON.stringify({ type: 'message', id: 'i'.repeat(22), from: 'ann=', sentAt: NOW, message: '', position: 2 ** 53 - 1 }));
    const api = new Api({ intake: { maxBytes: 1_000 } });
    expect((await api.action('publish', { message: 'm'.repeat(1_000 - overhead) })).frame.type).toBe('ack');
    expect((await api.action('publish', { message: 'm'.repeat(1_001 - overhead) })).frame.code).toBe('too_large');
    // Two bytes each, and six in JSON.
    expect((await api.action('publish', { message: '\u00e9'.repeat(Math.floor((1_000 - overhead) / 2)) })).frame.type).toBe('ack');
    expect((await api.action('publish', { message: '\u0000'.repeat(Math.floor((1_000 - overhead) / 6)) })).frame.type).toBe('ack');
    expect((await api.action('publish', { message: '\u0000'.repeat(Math.ceil((1_000 - overhead + 1) / 6)) })).frame.code).toBe('too_large');
  });
});

describe('history', () => {
  test('gives the position to begin with, then what was missed, in order', async () => {
    const api = new Api();
    const { frame: { epoch } } = await api.action('history', {});
    for (const message of ['one', 'two', 'three']) await api.send(message);
    const { frame } = await api.action('history', { since: 1, epoch });
    expect(frame).toMatchObject({ type: 'history', ref: 'r', epoch, position: 3, recovered: true, more: false });
    expect(frame.messages.map(({ message, position }: { message: string; position: number }) => `${position} ${message}`)).toEqual(['2 two', '3 three']);
    expect(api.unrecovered).toEqual([]);
  });

  test('of another epoch is not recovered, and counted', async () => {
    const api = new Api();
    await api.send('one');
    expect((await api.action('history', { since: 0, epoch: 'another' })).frame).toMatchObject({ recovered: false, messages: [] });
    expect(api.unrecovered).toEqual(['m2']);
  });

  test.each(['origin', 'entries'])('is unavailable while the table throttles or fails: %s', async (failing) => {
    const api = new Api();
    await api.send('one');
    const { frame: { epoch } } = await api.action('history', {});
    api.table.before = ({ kind }) => (kind === failing ? throttle() : undefined);
    expect(await api.action('history', { since: 0, epoch })).toEqual(errorWith('unavailable'));
    expect(api.failed).toEqual(['m3 LogThrottledError']);
  });

  test('may be read by a client that may not publish', async () => {
    const api = new Api({ ports: { publishAccess: { kind: 'nobody' } } });
    expect((await api.action('history', {})).frame.type).toBe('history');
  });
});

describe('plain text', () => {
  test('is broadcast with a position, and its sender gets no answer', async () => {
    const api = new Api();
    expect(await api.send('plain')).toEqual({ statusCode: 200 });
    expect(JSON.parse(api.bodies[0])).toEqual({ type: 'message', id: 'm1', from: 'ann=', sentAt: NOW, message: 'plain', position: 1 });
    expect(api.spent).toEqual([]);
  });

  test('that cannot be appended reaches nobody, and is an error for its sender', async () => {
    const api = new Api();
    api.table.before = throttle;
    await expect(api.send('plain')).rejects.toThrow(LogThrottledError);
    expect([api.bodies, api.failed]).toEqual([[], ['m1 LogThrottledError']]);
  });

  test('that is in the history is no error, whatever happens to its delivery', async () => {
    const direct = new Api({ pages: () => [new Error('unreadable')] });
    expect(await direct.send('plain')).toEqual({ statusCode: 200 });
    const queued = new Api({ queue: { publish: async () => Promise.reject(new Error('denied')) } });
    expect(await queued.send('plain')).toEqual({ statusCode: 200 });
    expect(queued.undelivered).toEqual(['m1 QueueRefusedError']);
    expect((await queued.action('history', {})).frame.messages).toMatchObject([{ message: 'plain', position: 1 }]);
  });

  test('of no bytes is refused without a position', async () => {
    const api = new Api();
    expect(await api.send('')).toEqual({ statusCode: 404 });
    expect(api.table.requests).toEqual([]);
  });
});
