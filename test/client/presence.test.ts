import { asked, begin, client, clock, outcome, reconnect, say, subscribe } from './played-channels';
import { TIMING } from '../../client/src/timing';

/* Lists of who is in a channel. */

const ann = { id: 'a', name: 'Ann' };
const bob = { id: 'b', name: 'Bob' };

/** Without a history, only lists are requested after a silence. */
const LAYERS = ['channels', 'presence'];

let lists: unknown[];

beforeEach(async () => {
  await begin(LAYERS);
  lists = [];
  client.on('presence', ({ channel, version, count, members }) => lists.push([channel, version, count, members?.map(({ id }) => id)]));
});

afterEach(() => client.close());

const list = (version: number, ...members: object[]) => ({ type: 'presence', channel: 'room:1', version, count: members.length, members });
const enter = (answer: object = {}) => subscribe('room:1', 0, answer);

test('the latest list is an event of the channel and of the client; older ones, and those of other channels, are dropped', async () => {
  await enter();
  const members: unknown[] = [];
  client.channel('room:1').on('presence', (presence) => members.push(presence.members));
  say(list(2, ann)).receive(list(1)).receive(list(2, ann)).receive({ ...list(7), channel: 'room:9' });
  expect(members).toEqual([[ann]]);
  expect(lists).toEqual([['room:1', 2, 1, ['a']]]);
});

test('the answer to a subscription has a list, or the count alone', async () => {
  await enter({ version: 3, count: 2, members: [ann, bob] });
  await reconnect(LAYERS);
  say({ type: 'subscribed', ref: asked()[0].ref, channel: 'room:1', version: 4, count: 700 });
  expect(lists).toEqual([['room:1', 3, 2, ['a', 'b']], ['room:1', 4, 700, undefined]]);
});

test('a requested list counts even if its version is lower', async () => {
  await enter({ version: 8, count: 1, members: [ann] });
  const present = client.channel('room:1').presence();
  expect(asked().at(-1)).toEqual({ action: 'presence', ref: expect.any(String), channel: 'room:1' });
  say({ ...list(9, ann, bob), ref: asked().at(-1)!.ref });
  expect(await present).toEqual({ channel: 'room:1', version: 9, count: 2, members: [ann, bob] });
});

test('a list may be lost: after nine minutes without one, the server is asked', async () => {
  await enter({ version: 8, count: 1, members: [ann] });
  const questions = () => asked().filter(({ action }) => action === 'presence');
  clock.pass(5 * 60_000);
  say(list(9, ann, bob));
  clock.pass(TIMING.heartbeat - 1);
  expect(questions()).toHaveLength(0);
  clock.pass(1);
  expect(questions()).toHaveLength(1);
  // The lists have started over.
  say({ ...list(1, bob), ref: questions()[0].ref });
  expect(lists.at(-1)).toEqual(['room:1', 1, 1, ['b']]);
  say(list(2, ann, bob));
  expect(lists).toHaveLength(4);
});

test('a client that has left the channel sends no more requests', async () => {
  await enter({ version: 8, count: 1, members: [ann] });
  void client.channel('room:1').unsubscribe();
  say({ type: 'unsubscribed', ref: asked().at(-1)!.ref, channel: 'room:1' });
  clock.pass(2 * TIMING.heartbeat);
  expect(asked().map(({ action }) => action)).toEqual(['subscribe', 'unsubscribe']);
  say(list(9, bob));
  expect(lists).toHaveLength(1);
});

test('an API without presence is not asked: it would broadcast the question', async () => {
  client.close();
  await begin(['history', 'channels']);
  expect(await outcome(client.channel('room:1').presence())).toBe('unavailable');
  expect(asked()).toEqual([]);
});
