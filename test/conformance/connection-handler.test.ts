import { connectEvent, disconnectEvent } from '../../harness/events';
import { Handler, type Invocation } from '../../harness/handler/handler';
import { Rig } from '../../harness/rig';
import { shippedBundle } from '../../harness/shipped-bundle';
import type { TableBehaviour } from '../../harness/table/fault-proxy';
import type { Row } from '../../harness/table/table';

const ID = 'R0oXAd-_fAMCABC=';
const NOW = 1_795_000_000_123;

describe('the connection handler as it is shipped', () => {
  const bundle = shippedBundle('connection-handler');
  let rig: Rig | undefined;

  beforeAll(async () => {
    rig = await Rig.start();
  });

  afterAll(async () => {
    await rig?.stop();
  });

  /** Handles events in turn, and returns the results and the table. */
  async function handle(events: readonly unknown[], rows: readonly Row[] = [], behaviour: TableBehaviour = {}, timeoutMillis = 10_000) {
    const { children, tables, endpoint } = rig!;
    const tableName = await tables.create(rows, behaviour);
    const handler = await Handler.start(children, { bundle, tableName, tableEndpoint: tables.endpoint, callbackUrl: endpoint.url });
    const invocations: Invocation[] = [];
    for (const event of events) invocations.push(await handler.invoke(event, timeoutMillis, 10_000));
    await handler.stop();
    return { results: invocations.map(({ settled }) => settled?.result), output: invocations[0].output, items: await tables.items(tableName) };
  }

  const connect = (headers?: Record<string, string>) => connectEvent({ connectionId: ID, connectedAt: NOW, headers });

  test('stores a small row that outlives the connection before it lets the client in', async () => {
    const { results, items } = await handle([connect()]);
    expect(results).toEqual([{ statusCode: 200 }]);
    expect(items).toEqual([{ connectionId: { S: ID }, connectedAt: { N: String(NOW) }, ttl: { N: String(Math.floor(NOW / 1000) + 10_800) } }]);
  });

  test.each([
    ['Sec-WebSocket-Protocol', 'chat.v2', 'chat.v2'],
    ['sec-websocket-protocol', 'chat.v2, chat.v1', 'chat.v2'],
    ['SEC-WEBSOCKET-PROTOCOL', 'chat.v2,bearer-of-a-token', 'chat.v2'],
  ])('answers with the first subprotocol offered: %s: %s', async (name, offered, chosen) => {
    const { results, output } = await handle([connect({ [name]: offered })]);
    expect(results).toEqual([{ statusCode: 200, headers: { 'Sec-WebSocket-Protocol': chosen } }]);
    expect(output).not.toContain('bearer-of-a-token');
  });

  test('refuses a client whose row cannot be stored, and says so in the log', async () => {
    const { results, items, output } = await handle([connect()], [], { faults: [{ operation: 'PutItem', kind: 'deny' }] });
    expect(results).toEqual([{ statusCode: 500 }]);
    expect(items).toEqual([]);
    expect(output).toContain('"level":"ERROR"');
  });

  test('refuses a client before its time is up when the table does not answer', async () => {
    const { results, items, output } = await handle([connect()], [], { faults: [{ operation: 'PutItem', kind: 'hang' }] }, 700);
    expect(results).toEqual([{ statusCode: 500 }]);
    expect(items).toEqual([]);
    expect(output).toContain('"ConnectionStoreFailures":1');
  });

  test('lets a client in when the table fails once', async () => {
    const { results, items } = await handle([connect()], [], { faults: [{ operation: 'PutItem', kind: 'throttle', to: 1 }] });
    expect(results).toEqual([{ statusCode: 200 }]);
    expect(items).toHaveLength(1);
  });

  test('deletes the row of a connection that has closed', async () => {
    const { results, items } = await handle([connect(), disconnectEvent({ connectionId: ID, connectedAt: NOW })], [{ id: 'another-one-AAA=' }]);
    expect(results).toEqual([{ statusCode: 200 }, { statusCode: 200 }]);
    expect(items.map(({ connectionId }) => connectionId.S)).toEqual(['another-one-AAA=']);
  });

  test('keeps the row of a new connection when the old one of the same id closes late', async () => {
    const { results, items } = await handle([connect(), disconnectEvent({ connectionId: ID, connectedAt: NOW - 5_000 })]);
    expect(results).toEqual([{ statusCode: 200 }, { statusCode: 200 }]);
    expect(items.map(({ connectedAt }) => connectedAt.N)).toEqual([String(NOW)]);
  });

  test('has nothing to do for a connection that has no row', async () => {
    const { results } = await handle([disconnectEvent({ connectionId: ID, connectedAt: NOW })]);
    expect(results).toEqual([{ statusCode: 200 }]);
  });
});
