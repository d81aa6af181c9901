import type { Stack } from 'aws-cdk-lib';
import WebSocket from 'ws';
import { CALM_TIMES, Chaos, CHAOS_TIME_SCALE, CHAOS_TIMES, expectPublishedOnce, historyOf, onceEach, outcomeOf, triple, untoldOf, type Outcome } from './support/chaos';
import { listen } from './support/heard';
import { Network } from './support/network';
import { connect, type BroadcastClient, type Channel } from '../../client/src/broadcast-client';
import { eventually } from '../../harness/eventually';
import { Served } from '../../harness/served';
import { BroadcastWebSocketApi, ChannelAccess, FanOut, MessageFormat, MessageRateLimit } from '../../src';
import { Random } from '../lambda-src/core/simulation/random';

/* The client in Node.js, while all that can go wrong between it and the API does. */

const seed = Number(process.env.CHAOS_SEED ?? Date.now() % 1_000_000);
const PEOPLE = 4;
const BURSTS = 8;
const THE_END = 'the end';

type Name = 'Remembering' | 'Plain';

let served: Served<Name>;
let random: Random;
let clients: BroadcastClient[] = [];
let networks: Network[] = [];

beforeAll(async () => {
  const basis = { messageFormat: MessageFormat.ENVELOPE, publishAccess: ChannelAccess.anyone(), messageRateLimit: MessageRateLimit.unlimited() };
  served = await Served.start({ Remembering: () => ({ ...basis, history: {}, fanOut: FanOut.queued() }), Plain: () => basis }, (stack: Stack) => {
    for (const name of ['Remembering', 'Plain']) {
      (stack.node.findChild(name) as BroadcastWebSocketApi).addChannels('room:*', { publishAccess: ChannelAccess.anyone() });
    }
  }, { timeScale: CHAOS_TIME_SCALE });
}, 90_000);

beforeEach(() => {
  console.info(`CHAOS_SEED=${seed}`);
  random = new Random(seed);
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await Promise.all(networks.splice(0).map((network) => network.stop()));
});

afterAll(() => served?.stop());

function join(url: string, timing = CHAOS_TIMES): BroadcastClient {
  const client = connect({ url, WebSocket, timing });
  clients.push(client);
  return client;
}

async function networkTo(name: Name): Promise<Network> {
  const network = await Network.to(served.url(name));
  networks.push(network);
  return network;
}

const opened = (client: BroadcastClient) => eventually(() => client.state === 'open' && client.position);
const publish = (source: BroadcastClient | Channel, text: string, options: object) =>
  'publish' in source ? source.publish(text, options) : source.send(text, options);

/** Says things in bursts, now and then without the patience to wait. */
async function talk(sources: readonly (BroadcastClient | Channel)[], name: string, after: () => void): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (let burst = 0; burst < BURSTS; burst++) {
    const abort = new AbortController();
    const burstOf = Array.from({ length: random.integer(1, 4) }, (_, nth) => {
      const text = `${name} ${burst}.${nth}`;
      const options = random.pick<object>([{}, {}, {}, { timeout: random.integer(1, 400) }, { signal: abort.signal }]);
      return outcomeOf(text, publish(random.pick(sources), text, options));
    });
    void burstOf[0].then(() => abort.abort());
    outcomes.push(...await Promise.all(burstOf));
    after();
  }
  return outcomes;
}

test('with a history, everybody gets every message once and in order, and each send settles', async () => {
  const network = await networkTo('Remembering');
  const chaos = new Chaos(random, network);
  const observer = join(served.url('Remembering'), CALM_TIMES);
  await opened(observer);
  const people = await Promise.all(Array.from({ length: PEOPLE }, async () => {
    const client = join(network.url);
    const room = client.channel('room:1');
    const heard = [listen(client), listen(room)];
    await Promise.all([room.subscribe(), opened(client)]);
    return { client, room, heard };
  }));
  const room = observer.channel('room:1');
  await room.subscribe();

  let strikes = 0;
  const outcomes = (await Promise.all(people.map(({ client, room: own }, nth) => talk([client, own], `${nth}`, () => {
    if (++strikes % 17 === 0) chaos.restart();
    else if (random.chance(0.7)) chaos.strike();
  })))).flat();

  for (const source of [observer, room]) await publish(source, THE_END, {});
  await eventually(() => people.every(({ heard }) => heard.every(({ messages }) => messages.at(-1)?.message === THE_END)));
  const histories = await Promise.all([historyOf(observer), historyOf(room)]);
  for (const { heard } of people) {
    heard.forEach(({ messages, gaps }, nth) => {
      expect({ gaps, messages: messages.map(triple) }).toEqual({ gaps: [], messages: onceEach(histories[nth]).map(triple) });
    });
  }
  expectPublishedOnce(histories.flat().filter(({ message }) => message !== THE_END), outcomes);
  expect([undefined, 'timeout', 'AbortError']).toEqual(expect.arrayContaining([...new Set(outcomes.map(({ error }) => error))]));
  expect(outcomes.filter(({ error }) => !error).length).toBeGreaterThan(outcomes.length / 2);
}, 60_000);

test('without a history, a gap is reported wherever something is missing', async () => {
  const network = await networkTo('Plain');
  const chaos = new Chaos(random, network);
  const speaker = join(served.url('Plain'), CALM_TIMES);
  const room = speaker.channel('room:1');
  await room.subscribe();
  const inTrouble = Array.from({ length: PEOPLE }, () => join(network.url));
  const logs = await Promise.all([...inTrouble, join(served.url('Plain'), CALM_TIMES)].map(async (client) => {
    const log: Record<'all' | 'room', (number | 'gap')[]> = { all: [], room: [] };
    for (const [source, kept] of [[client, log.all], [client.channel('room:1'), log.room]] as [Pick<Channel, 'on'>, (number | 'gap')[]][]) {
      source.on('message', ({ message }) => kept.push(Number(message)));
    }
    client.on('gap', ({ channel }) => log[channel ? 'room' : 'all'].push('gap'));
    await client.channel('room:1').subscribe();
    return log;
  }));

  const calm = logs.at(-1)!;
  let number = 0;
  const say = async () => {
    number++;
    for (const source of [speaker, room]) publish(source, `${number}`, {}).catch(() => undefined); // its ack waits for the dead
    await eventually(() => calm.all.at(-1) === number && calm.room.at(-1) === number);
  };
  while (number < 70) {
    await say();
    if (random.chance(0.3)) chaos.strike();
  }
  const each = logs.flatMap(({ all, room: own }) => [all, own]);
  const isDone = (log: (number | 'gap')[]) => log.findLast((entry) => entry !== 'gap') === number && untoldOf(log).length === 0;
  await eventually(() => say().then(() => each.every(isDone))).catch(() => undefined);
  expect(each.filter((log) => !isDone(log)).map((log) => ({ log: log.join(), untold: untoldOf(log) }))).toEqual([]);
  for (const log of each) expect(log.filter((entry, index) => entry !== 'gap' && log.indexOf(entry) !== index)).toEqual([]);
  expect(logs.slice(0, PEOPLE).some(({ all }) => all.includes('gap'))).toBe(true);
  for (const log of [calm.all, calm.room]) expect(log).toEqual(Array.from({ length: number }, (_, nth) => nth + 1));
}, 60_000);
