import { Stack } from 'aws-cdk-lib';
import type { Client } from '../../harness/client';
import { eventually } from '../../harness/eventually';
import { IdentityProvider } from '../../harness/identity-provider';
import { Served } from '../../harness/served';
import type { SubscribedFrame } from '../../lambda-src/core/log/frames';
import type { PresenceFrame } from '../../lambda-src/core/presence/frames';
import { type BroadcastWebSocketApi, ChannelAccess, FanOut, MessageFormat, WebSocketJwtAuthorizer } from '../../src';

/* Lists of a channel's users, as members receive them, with the shipped bundles. */

const ORIGIN = 'https://app.example.com';
/** A list follows a change within 15 seconds; a busy machine gets more time. */
const LIST_MILLIS = 30_000;

let provider: IdentityProvider;
let served: Served<'Direct' | 'Queued'>;

beforeAll(async () => {
  provider = await IdentityProvider.start();
  const authorizers = [0, 1].map(() => new WebSocketJwtAuthorizer({ issuer: provider.issuer, audience: ['chat'] }));
  const propsOf = (n: number) => ({
    authorizer: authorizers[n],
    allowedOrigins: [ORIGIN],
    userIdKey: 'sub',
    senderNameKey: 'name',
    messageFormat: MessageFormat.ENVELOPE,
    publishAccess: ChannelAccess.nobody(),
  });
  served = await Served.start({
    Direct: () => propsOf(0),
    Queued: () => ({ ...propsOf(1), fanOut: FanOut.queued(), history: {} }),
  }, (stack: Stack) => {
    for (const { handler } of authorizers) handler.addEnvironment('NODE_EXTRA_CA_CERTS', provider.certificate);
    for (const name of ['Direct', 'Queued']) {
      const api = stack.node.findChild(name) as BroadcastWebSocketApi;
      api.addChannels('room:*', { presence: {} });
      api.addChannels('hall:*', { presence: { maxUsers: 1 } });
      api.addChannels('plain:*');
    }
  });
}, 120_000);

afterEach(() => served.leave());

afterAll(async () => {
  await served?.stop();
  await provider.stop();
});

class Member {
  static async join(api: 'Direct' | 'Queued', sub: string, name: string): Promise<Member> {
    return new Member(await served.join(api, { headers: { Origin: ORIGIN }, protocols: ['chat', provider.token({ sub, name })] }));
  }

  private refs = 0;

  constructor(private readonly client: Client) {}

  async ask<T = Record<string, unknown>>(action: string, channel: string): Promise<T> {
    const ref = `r${++this.refs}`;
    this.client.send(JSON.stringify({ action, channel, ref }));
    return JSON.parse(await this.client.frame((frame) => frame.includes(`"ref":"${ref}"`))) as T;
  }

  /** Returns the last list by version. */
  list(channel: string): PresenceFrame | undefined {
    return this.client.frames.map((frame) => JSON.parse(frame) as PresenceFrame)
      .filter((frame) => frame.type === 'presence' && frame.channel === channel).sort((a, b) => a.version - b.version).at(-1);
  }

  names(channel: string): string[] | undefined {
    return this.list(channel)?.members?.map(({ name }) => name!).sort();
  }

  async sees(channel: string, ...names: string[]): Promise<void> {
    await eventually(() => this.names(channel)?.join() === names.join(), LIST_MILLIS);
  }

  close(): Promise<void> {
    return this.client.close();
  }
}

/** With direct and with queued fan-out, beside each other: what takes time is that lists wait for further changes. */
async function withEach(scenario: (api: 'Direct' | 'Queued') => Promise<void>): Promise<void> {
  await Promise.all((['Direct', 'Queued'] as const).map(scenario));
}

test('members see who comes and goes, each user once, by an id that reveals nothing', () => withEach(async (api) => {
  const ann = await Member.join(api, 'user-1', 'Ann');
  expect(await ann.ask('subscribe', 'room:1')).toMatchObject({ type: 'subscribed', version: 0, count: 0, members: [] });
  await ann.sees('room:1', 'Ann');
  const [bob, bobToo] = [await Member.join(api, 'user-2', 'Bob'), await Member.join(api, 'user-2', 'Bob')];
  await Promise.all([bob.ask('subscribe', 'room:1'), bobToo.ask('subscribe', 'room:1')]);
  await Promise.all([ann, bob, bobToo].map((each) => each.sees('room:1', 'Ann', 'Bob')));

  const list = ann.list('room:1')!;
  expect(list).toEqual({
    type: 'presence',
    channel: 'room:1',
    version: expect.any(Number),
    count: 2,
    members: expect.arrayContaining([{ id: expect.stringMatching(/^[\w-]{22}$/), name: 'Ann' }, { id: expect.stringMatching(/^[\w-]{22}$/), name: 'Bob' }]),
  });
  expect(JSON.stringify(list)).not.toContain('user-');
  expect(await bob.ask('presence', 'room:1')).toEqual({ ...list, ref: expect.any(String) });

  // One of two connections: the user stays.
  await bobToo.close();
  const cid = await Member.join(api, 'user-3', 'Cid');
  const subscribed = await cid.ask<SubscribedFrame>('subscribe', 'room:1');
  expect(subscribed.members).toEqual(list.members);
  await ann.sees('room:1', 'Ann', 'Bob', 'Cid');
  await bob.close();
  await cid.ask('unsubscribe', 'room:1');
  await ann.sees('room:1', 'Ann');
  expect(served.printed()).not.toMatch(/user-\d|room:1/);
}), 120_000);

test('in a large channel, members get only the number of users', () => withEach(async (api) => {
  const [ann, bob] = [await Member.join(api, 'user-1', 'Ann'), await Member.join(api, 'user-2', 'Bob')];
  await ann.ask('subscribe', 'hall:1');
  await bob.ask('subscribe', 'hall:1');
  await eventually(() => ann.list('hall:1')?.count === 2, LIST_MILLIS);
  expect(ann.list('hall:1')).toEqual({ type: 'presence', channel: 'hall:1', version: expect.any(Number), count: 2 });
}), 60_000);

test('a client that is not a member gets no list, and a channel without presence has none', () => withEach(async (api) => {
  const ann = await Member.join(api, 'user-1', 'Ann');
  expect(await ann.ask('presence', 'room:2')).toMatchObject({ type: 'error', code: 'not_subscribed' });
  expect(await ann.ask('presence', 'none')).toMatchObject({ type: 'error', code: 'unknown_channel' });
  expect(await ann.ask('subscribe', 'plain:1')).toEqual(expect.not.objectContaining({ count: expect.anything() }));
  expect(await ann.ask('presence', 'plain:1')).toMatchObject({ type: 'error', code: 'bad_request' });
}), 60_000);
