import { setImmediate } from 'node:timers/promises';
import { eventually } from '../../../harness/eventually';
import { Inbox } from '../../../local/gateway/inbox';
import { TestGateway } from '../fixtures/gateway';

describe('an inbox', () => {
  const source = { pause: jest.fn(), resume: jest.fn() };
  let isClogged = false;
  let done: (() => void)[] = [];

  beforeEach(() => {
    jest.clearAllMocks();
    isClogged = false;
    done = [];
  });

  const handle = () => new Promise<void>((resolve) => { done.push(resolve); });

  test('handles 100 messages at once, queues further ones, and stops reading from their client', async () => {
    const inbox = new Inbox(source, () => isClogged);
    for (let message = 0; message < 99; message++) inbox.add(handle);
    expect(source.pause).not.toHaveBeenCalled();
    for (let message = 0; message < 51; message++) inbox.add(handle);
    expect(done).toHaveLength(100);
    expect(source.pause).toHaveBeenCalledTimes(1);
    while (done.length > 0) {
      done.shift()!();
      await Promise.resolve();
    }
    expect(source.resume).toHaveBeenCalledTimes(1);
  });

  test('handles nothing for a client that leaves too much unread, until it has read it', () => {
    const inbox = new Inbox(source, () => isClogged);
    isClogged = true;
    inbox.add(handle);
    expect(done).toHaveLength(0);
    expect(source.pause).toHaveBeenCalledTimes(1);
    isClogged = false;
    inbox.run();
    expect(done).toHaveLength(1);
    expect(source.resume).toHaveBeenCalledTimes(1);
  });
});

describe('a client that floods and never reads', () => {
  let gateway: TestGateway;

  afterEach(async () => gateway.stop());

  /** Sends messages or pings until the client's own buffer is full, because nothing is read any more. */
  async function flood(send: (text: string) => void, buffered: () => number): Promise<void> {
    const text = 'x'.repeat(100);
    await eventually(() => {
      for (let sent = 0; sent < 2_000; sent++) send(text);
      return buffered() > 4_000_000;
    });
  }

  test('is not read from once its unread answers pile up, and is served again when it reads', async () => {
    gateway = await TestGateway.start({ routes: { $connect: {}, $default: { returnsResponse: true } }, limits: { unreadBytes: 64 * 1024 } });
    gateway.answers.set('$default', () => ({ statusCode: 200, body: 'y'.repeat(8 * 1024) }));
    const client = await gateway.connect();
    client.pause();
    await flood((text) => client.send(text), () => client.bufferedAmount);
    const handled = gateway.events.length;
    // The system's sockets hold some megabytes in each direction; anything else would be in the runner.
    expect(handled).toBeLessThan(5_000);
    client.on('message', () => undefined);
    client.resume();
    await eventually(() => gateway.events.length > handled + 200);
  });

  test('gets no more pongs than it reads', async () => {
    gateway = await TestGateway.start({ limits: { unreadBytes: 64 * 1024 } });
    const client = await gateway.connect();
    client.pause();
    let sent = 0;
    for (let round = 0; round < 50; round++) {
      for (let ping = 0; ping < 2_000; ping++) client.ping('x'.repeat(100));
      sent += 2_000;
      await setImmediate();
    }
    await eventually(() => client.bufferedAmount === 0, 20_000);
    const received: string[] = [];
    client.on('pong', (data) => received.push(data.toString()));
    client.resume();
    await eventually(() => {
      client.ping('last');
      return received.includes('last');
    });
    expect(received.length).toBeLessThan(sent);
  });
});

test('a ping is answered, and no route runs', async () => {
  const gateway = await TestGateway.start();
  const client = await gateway.connect();
  client.ping('are you there');
  const data = await new Promise<Buffer>((resolve) => client.once('pong', resolve));
  expect(data.toString()).toBe('are you there');
  expect(gateway.events).toHaveLength(1);
  await gateway.stop();
});
