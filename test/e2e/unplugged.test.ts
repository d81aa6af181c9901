import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import WebSocket from 'ws';
import { CALM_TIMES } from './support/chaos';
import { listen, type Heard } from './support/heard';
import { connect, TIMING, type BroadcastClient } from '../../client/src/broadcast-client';
import { eventually } from '../../harness/eventually';
import { ROOT } from '../../harness/root';
import { Served } from '../../harness/served';
import { type BroadcastWebSocketApi, ChannelAccess, MessageFormat, MessageRateLimit } from '../../src';
import { documentedCommands } from '../docs/pages';

/* The client when the local runner pulls its plug: nothing passes, and nobody is notified. */

const ROOM = 'room:lobby';
const clients: BroadcastClient[] = [];

afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});

function join(url: string, timing: Partial<typeof TIMING>): BroadcastClient {
  const client = connect({ url, WebSocket, timing });
  clients.push(client);
  return client;
}

const textsOf = ({ messages }: Heard) => messages.map(({ message }) => message);
const opened = (client: BroadcastClient) => eventually(() => client.state === 'open');

describe('with the faults of a test', () => {
  let served: Served<'Api'>;

  beforeAll(async () => {
    const props = {
      messageFormat: MessageFormat.ENVELOPE, history: {}, publishAccess: ChannelAccess.anyone(), messageRateLimit: MessageRateLimit.unlimited(),
    };
    served = await Served.start({ Api: () => props }, (stack) => {
      (stack.node.findChild('Api') as BroadcastWebSocketApi).addChannels('room:*', { publishAccess: ChannelAccess.anyone() });
    });
  }, 90_000);

  afterAll(() => served?.stop());

  test('messages to all and to a room, its own included, arrive once and none is lost', async () => {
    const times = { ...CALM_TIMES, pongTimeout: 1_000, heartbeat: 60_000, heartbeatJitter: 0 };
    const ann = join(served.url('Api'), times);
    await opened(ann);
    const bob = join(served.url('Api'), times);
    await opened(bob);
    const all = listen(ann);
    const room = listen(ann.channel(ROOM));
    await ann.channel(ROOM).subscribe();
    await bob.channel(ROOM).publish('before');
    await eventually(() => textsOf(room).includes('before'));

    served.local.setFaults(['unplug=0s@#1']);
    await bob.send('to all, meanwhile');
    for (const count of [1, 2, 3]) await bob.channel(ROOM).publish(`meanwhile ${count}`);
    const own = ann.channel(ROOM).publish('from the unplugged one');
    expect([ann.state, textsOf(all), textsOf(room)]).toEqual(['open', [], ['before']]);

    ann.retry();
    await own;
    await bob.channel(ROOM).publish('after');
    const complete = ['before', 'meanwhile 1', 'meanwhile 2', 'meanwhile 3', 'from the unplugged one', 'after'];
    await eventually(() => textsOf(room).includes('after'));
    expect(textsOf(room)).toEqual(complete);
    await eventually(() => textsOf(all).length > 0);
    expect(textsOf(all)).toEqual(['to all, meanwhile']);
    expect([all.gaps, room.gaps]).toEqual([[], []]);
    expect(served.events.filter(({ event }) => event === 'unplug')).toHaveLength(1);
  }, 60_000);
});

describe('with the command of the page', () => {
  let runner: ChildProcess | undefined;

  afterEach(async () => {
    if (!runner) return;
    runner.stdout!.resume();
    const closed = once(runner, 'close');
    runner.kill('SIGINT');
    await closed;
  });

  /** Runs what `npx` would, at any free port. */
  function run(command: string): Interface {
    const args = command.split(' ').slice(command.split(' ').indexOf('broadcast-local') + 1);
    runner = spawn(process.execPath, ['local/broadcast-local.js', ...args, '--port', '0', '--no-inspector', '--json'], { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
    return createInterface({ input: runner.stdout! });
  }

  test('the first window goes silent, and has all messages once it checks its connection', async () => {
    const [command, ...others] = documentedCommands().filter(({ where }) => where.startsWith('docs/client.md')).map((each) => each.command)
      .filter((each) => each.includes('--example chat --fault unplug='));
    expect(others).toEqual([]);
    const seen: { readonly event: string; readonly url: string; readonly detail: string }[] = [];
    run(command).on('line', (line) => seen.push(JSON.parse(line) as typeof seen[number]));
    const { url } = await eventually(() => seen.find(({ event }) => event === 'ready'), 30_000);

    const first = join(`${url}?name=Ann`, { pongTimeout: 1_000, firstDelay: 300, shortestDelay: 100 });
    await opened(first);
    const second = join(`${url}?name=Bob`, {});
    await opened(second);
    const room = listen(first.channel(ROOM));
    await Promise.all([first, second].map((client) => client.channel(ROOM).subscribe()));
    await second.channel(ROOM).publish('before');
    await eventually(() => textsOf(room).includes('before'));

    await eventually(() => seen.some(({ event }) => event === 'unplug'), 60_000);
    for (const count of [1, 2, 3]) await second.channel(ROOM).publish(`meanwhile ${count}`);
    expect(textsOf(room)).toEqual(['before']);
    first.retry(); // what the client does when somebody looks at the page again
    await eventually(() => textsOf(room).length >= 4);
    expect(textsOf(room)).toEqual(['before', 'meanwhile 1', 'meanwhile 2', 'meanwhile 3']);
    expect(room.gaps).toEqual([]);
  }, 120_000);
});
