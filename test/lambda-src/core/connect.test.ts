import { FakeRows } from './fakes';
import { VirtualClock } from '../../../harness/virtual-clock';
import { connect, disconnect, type ConnectPorts, type ConnectionStore, type Handshake, type StoredConnection } from '../../../lambda-src/core/connect';

class FakeStore extends FakeRows implements ConnectionStore {
  readonly stored: StoredConnection[] = [];

  constructor(private readonly virtual: VirtualClock, private readonly storeFate?: 'hang' | Error, removeFate?: 'hang' | Error) {
    super(virtual, () => removeFate);
  }

  async store(row: StoredConnection, abortSignal?: AbortSignal): Promise<void> {
    if (this.storeFate === 'hang') await new Promise((_, reject) => abortSignal!.addEventListener('abort', () => reject(new Error('aborted'))));
    await this.virtual.sleep(5);
    if (this.storeFate) throw this.storeFate;
    this.stored.push(row);
  }
}

interface Situation {
  readonly over?: Partial<ConnectPorts>;
  readonly storeFate?: 'hang' | Error;
  readonly removeFate?: 'hang' | Error;
}

function portsFor({ over, storeFate, removeFate }: Situation) {
  const clock = new VirtualClock();
  const rows = new FakeStore(clock, storeFate, removeFate);
  const told: string[] = [];
  const ports: ConnectPorts = {
    rows,
    clock,
    ttlSeconds: 10_800,
    report: { originRefused: () => told.push('origin'), storeFailed: (error) => told.push((error as Error).message) },
    ...over,
  };
  return { clock, rows, told, ports };
}

const NAME = { connectionId: 'abc=', connectedAt: 1_800_000_000_123 };

async function connecting(headers?: Handshake['headers'], situation: Situation = {}) {
  const { clock, rows, told, ports } = portsFor(situation);
  const start = clock.now();
  const answer = await clock.runUntil(connect({ ...NAME, headers }, start + 9_500, ports));
  expect(clock.pending).toBe(0);
  return { answer, stored: rows.stored, told, took: clock.now() - start };
}

describe('a handshake', () => {
  test('is answered once the row is stored, whose time to live exceeds that of the connection', async () => {
    const { answer, stored, told } = await connecting();
    expect(answer).toEqual({ statusCode: 200 });
    expect(stored).toEqual([{ ...NAME, ttl: 1_800_010_800 }]);
    expect(told).toEqual([]);
  });

  test('is answered with the first subprotocol that it offers', async () => {
    const { answer } = await connecting({ 'sec-websocket-protocol': 'chat, a-token' });
    expect(answer).toEqual({ statusCode: 200, headers: { 'Sec-WebSocket-Protocol': 'chat' } });
  });

  test.each([['of another page', { Origin: 'https://evil.test' }], ['of no page', null]])('%s is refused, and nothing is stored', async (_, headers) => {
    const origins = { allowed: ['https://chat.example.com'], allowMissing: false };
    expect(await connecting(headers, { over: { origins } })).toMatchObject({ answer: { statusCode: 403 }, stored: [], told: ['origin'] });
  });

  test('of a page that may connect is not refused', async () => {
    const origins = { allowed: ['https://chat.example.com'], allowMissing: false };
    const { answer, told } = await connecting({ Origin: 'https://chat.example.com' }, { over: { origins } });
    expect(answer).toEqual({ statusCode: 200 });
    expect(told).toEqual([]);
  });

  test('whose row cannot be stored is refused: it would receive nothing', async () => {
    expect(await connecting(undefined, { storeFate: new Error('throttled') })).toMatchObject({ answer: { statusCode: 500 }, told: ['throttled'] });
  });

  test('whose row is not stored in time is refused in time', async () => {
    expect(await connecting(undefined, { storeFate: 'hang' })).toMatchObject({ answer: { statusCode: 500 }, told: ['aborted'], took: 9_500 });
  });
});

describe('a connection that has closed', () => {
  async function disconnecting(situation: Situation) {
    const { clock, rows, ports } = portsFor(situation);
    const start = clock.now();
    const outcome = await clock.runUntil(disconnect(NAME, start + 9_500, ports).then(() => undefined, (error: Error) => error.message));
    expect(clock.pending).toBe(0);
    return { outcome, removed: rows.removed, took: clock.now() - start };
  }

  test('is forgotten with everything that depends on it, however young it is', async () => {
    const forgotten: unknown[] = [];
    const onForgotten = async (connection: unknown) => void forgotten.push(connection);
    expect(await disconnecting({ over: { onForgotten } })).toMatchObject({ outcome: undefined, removed: [NAME] });
    expect(forgotten).toEqual([NAME]);
  });

  test.each([['fails', new Error('denied'), 'denied', 5], ['hangs', 'hang', 'aborted', 9_500]] as const)('is an error, in time, when its delete %s', async (_, removeFate, outcome, took) => {
    expect(await disconnecting({ removeFate })).toEqual({ outcome, removed: [], took });
  });
});
