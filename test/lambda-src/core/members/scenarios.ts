import { perform, type Protocol, type Scenario } from './explore';
import { keyOf, type Refusal, type SteppedWorld, type WorldState } from './stepped-world';

const OLD = { connectionId: 'x', connectedAt: 1 };
/** Another connection to which API Gateway gave the same id later. */
const NEW = { connectionId: 'x', connectedAt: 200 };
/** Another connection of the same user. */
const OTHER = { connectionId: 'y', connectedAt: 2 };

const connectOld: Scenario['acts'][number] = (actor) => actor.connect(OLD);
const joined: Scenario['acts'] = [connectOld, (actor) => actor.subscribe(OLD, 10, 'c')];
const joinedTwo: Scenario['acts'] = [connectOld, (actor) => actor.subscribe(OLD, 10, 'c', 'd')];
const close: Scenario['acts'][number] = (actor) => actor.close(OLD);
const forget: Scenario['acts'][number] = (actor) => actor.forget(OLD);
const end: Scenario['acts'][number] = async (actor) => {
  await close(actor);
  await forget(actor);
};

/** Concurrent events. Later requests of a connection have a later time, which is the first number of a request. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'joins | ends': { before: [connectOld], acts: [(a) => a.subscribe(OLD, 10, 'c'), end] },
  'joins | leaves': { before: [connectOld], acts: [(a) => a.subscribe(OLD, 10, 'c'), (a) => a.unsubscribe(OLD, 11, 'c')] },
  'joins | leaves, and ends after both': {
    before: [connectOld], acts: [(a) => a.subscribe(OLD, 10, 'c'), (a) => a.unsubscribe(OLD, 11, 'c'), end], after: { 2: [0, 1] },
  },
  'a member leaves': { before: joined, acts: [(a) => a.unsubscribe(OLD, 11, 'c')] },
  'a member leaves | ends': { before: joined, acts: [(a) => a.unsubscribe(OLD, 11, 'c'), end] },
  'a leave that takes long | joins again': { before: joined, acts: [(a) => a.unsubscribe(OLD, 11, 'c'), (a) => a.subscribe(OLD, 12, 'c')] },
  'a leave that takes long | joins again at the same time': { before: joined, acts: [(a) => a.unsubscribe(OLD, 12, 'c'), (a) => a.subscribe(OLD, 12, 'c')] },
  'joins | leaves and joins again at the same time': {
    before: [connectOld], acts: [(a) => a.subscribe(OLD, 10, 'c'), (a) => a.unsubscribe(OLD, 12, 'c'), (a) => a.subscribe(OLD, 12, 'c')],
  },
  'joins | joins again at the same time': { before: [connectOld], acts: [(a) => a.subscribe(OLD, 10, 'c'), (a) => a.subscribe(OLD, 10, 'c')] },
  'joins | joins again at the same time | leaves': {
    before: [connectOld], acts: [(a) => a.subscribe(OLD, 10, 'c'), (a) => a.subscribe(OLD, 10, 'c'), (a) => a.unsubscribe(OLD, 11, 'c')],
  },
  'joins | joins again at the same time | leaves at the same time': {
    before: [connectOld], acts: [(a) => a.subscribe(OLD, 10, 'c'), (a) => a.subscribe(OLD, 10, 'c'), (a) => a.unsubscribe(OLD, 10, 'c')],
  },
  'a member joins | joins again | leaves, all at the same time': {
    before: joined, acts: [(a) => a.subscribe(OLD, 12, 'c'), (a) => a.subscribe(OLD, 12, 'c'), (a) => a.unsubscribe(OLD, 12, 'c')],
  },
  'a member joins | joins again | leaves, all at the same time | ends': {
    before: joined, acts: [(a) => a.subscribe(OLD, 12, 'c'), (a) => a.subscribe(OLD, 12, 'c'), (a) => a.unsubscribe(OLD, 12, 'c'), end],
  },
  'joins | joins again': { before: [connectOld], acts: [(a) => a.subscribe(OLD, 10, 'c'), (a) => a.subscribe(OLD, 11, 'c')] },
  'joins | leaves | ends': { before: [connectOld], acts: [(a) => a.subscribe(OLD, 10, 'c'), (a) => a.unsubscribe(OLD, 11, 'c'), end] },
  'joins | leaves | joins again': {
    before: [connectOld], acts: [(a) => a.subscribe(OLD, 10, 'c'), (a) => a.unsubscribe(OLD, 11, 'c'), (a) => a.subscribe(OLD, 12, 'c')],
  },
  'joins | joins again | leaves at last': {
    before: [connectOld], acts: [(a) => a.subscribe(OLD, 10, 'c'), (a) => a.subscribe(OLD, 12, 'c'), (a) => a.unsubscribe(OLD, 13, 'c')],
  },
  'joins | joins again | leaves | ends': {
    before: [connectOld],
    acts: [(a) => a.subscribe(OLD, 10, 'c'), (a) => a.subscribe(OLD, 12, 'c'), (a) => a.unsubscribe(OLD, 11, 'c'), end],
  },
  'a member | ends by its disconnect | ends by a 410': { before: [...joined, close], acts: [forget, forget] },
  'joins | ends by its disconnect | ends by a 410': {
    before: [connectOld], acts: [(a) => a.subscribe(OLD, 10, 'c'), close, forget, forget], after: { 2: [1], 3: [1] },
  },
  'joins two channels at once | ends': { before: [connectOld], acts: [(a) => a.subscribe(OLD, 10, 'c', 'd'), end] },
  'joins two channels at once | leaves one': { before: [connectOld], acts: [(a) => a.subscribe(OLD, 10, 'c', 'd'), (a) => a.unsubscribe(OLD, 11, 'd')] },
  'a member of two channels | ends': { before: joinedTwo, acts: [end] },
  'a member of two channels | ends by its disconnect | ends by a 410': {
    before: [...joinedTwo, close], acts: [forget, (a) => a.forget({ ...OLD, channel: 'd' })],
  },
  'a member of two channels | ends | the id is used again, and joins one': {
    before: [...joinedTwo, close],
    acts: [forget, async (a) => {
      await a.connect(NEW);
      await a.subscribe(NEW, 210, 'd');
    }],
  },
  'joins with its handshake, and another channel | ends': { before: [(a) => a.connect(OLD, ['c'])], acts: [(a) => a.subscribe(OLD, 10, 'd'), end] },
  'ends | the id is used again, and joins': {
    before: [...joined, close],
    acts: [forget, async (a) => {
      await a.connect(NEW);
      await a.subscribe(NEW, 210, 'c');
    }],
  },
  'ends | the id is used again, and joins with its handshake': { before: [...joined, close], acts: [forget, (a) => a.connect(NEW, ['c'])] },
  'a join that takes long | the id is used again, and joins': {
    before: [connectOld, end, (a) => a.connect(NEW)],
    acts: [(a) => a.subscribe(OLD, 10, 'c'), (a) => a.subscribe(NEW, 210, 'c')],
  },
  'a leave that takes long | the id is used again, and joins': {
    before: [...joined, end, (a) => a.connect(NEW)],
    acts: [(a) => a.unsubscribe(OLD, 11, 'c'), (a) => a.subscribe(NEW, 210, 'c')],
  },
  'joins | ends | the id is used again, and joins': {
    before: [connectOld],
    acts: [(a) => a.subscribe(OLD, 10, 'c'), close, forget, async (a) => {
      await a.connect(NEW);
      await a.subscribe(NEW, 210, 'c');
    }],
    after: { 2: [1], 3: [1] },
  },
  'a 410 that takes long | the id is used again, joins, leaves': {
    before: [...joined, close],
    acts: [forget, async (a) => {
      await a.connect(NEW, ['c']);
      await a.unsubscribe(NEW, 211, 'c');
    }],
  },
  'two connections of a user join | one ends': {
    before: [connectOld, (a) => a.connect(OTHER)],
    acts: [(a) => a.subscribe(OLD, 10, 'c'), (a) => a.subscribe(OTHER, 10, 'c'), end],
  },
  'two connections of a user are members | one leaves | the other ends': {
    before: [...joined, (a) => a.connect(OTHER), (a) => a.subscribe(OTHER, 10, 'c')],
    acts: [(a) => a.unsubscribe(OTHER, 11, 'c'), end],
  },
};

/**
 * Returns what is wrong with a state. At any time: a client that got `subscribed` and did not ask to leave later is a member. At the end: no row
 * of a closed connection is left, each channel's row has its reverse row, and a client that got `unsubscribed` is no member, unless it asked
 * to join later or got `subscribed` afterwards. Of requests of one time, those to leave count as earlier. So for a client that waits for each
 * answer, the last answer is always the state.
 */
export function wrongWith(scenario: string) {
  const asksToLeave = scenario.includes('leave');
  return (state: WorldState, isEnd: boolean): string | undefined => {
    const { open, told } = state;
    for (const [nth, one] of told.entries()) {
      if (open.get(one.key.connectionId) !== one.key.connectedAt) continue;
      const others = told.filter(({ key, channel }) => key === one.key && channel === one.channel);
      const isMember = state.channel.get(keyOf({ ...one.key, channel: one.channel }))?.connectedAt === one.key.connectedAt;
      const isLatest = others.every(({ at }) => at <= one.at);
      if (one.answer === 'subscribed' && !isMember && (!asksToLeave || (isEnd && isLatest))) return 'was told subscribed, and is no member';
      if (isEnd && isLatest && one.kind === 'subscribe' && one.answer !== 'subscribed') return `is open, and its latest request to join came to ${one.answer}`;
      const joinedSince = others.some((other) => other.answer === 'subscribed' && (other.at >= one.at || told.indexOf(other) > nth));
      if (isEnd && one.kind === 'unsubscribe' && isMember && !joinedSince) return 'was told unsubscribed, and is a member';
    }
    return isEnd ? wrongWithRows(state, scenario.includes('join')) : undefined;
  };
}

/** @param isCrowded whether requests to join and to leave overlap: a reverse row may then stay until the connection ends, which does no harm */
function wrongWithRows({ open, channel, reverse }: WorldState, isCrowded: boolean): string | undefined {
  for (const [kind, rows] of [['channel', channel], ['reverse', reverse]] as const) {
    for (const [key, { connectedAt }] of rows) if (open.get(key.split('|')[0]) !== connectedAt) return `the ${kind} row of a dead connection remains`;
  }
  for (const [key, { connectedAt }] of channel) if (reverse.get(key)?.connectedAt !== connectedAt) return 'a channel row has no reverse row';
  for (const key of reverse.keys()) if (!channel.has(key) && !isCrowded) return 'a reverse row has no channel row';
  return undefined;
}

/** Returns what remains after a process died, the connection ended, its disconnect was handled, and a message to each channel met a 410. */
export async function wrongAfterDeath(world: SteppedWorld, protocol: Protocol): Promise<string | undefined> {
  world.death = undefined;
  const { channel, reverse } = world.state;
  await perform([close, forget], world, protocol);
  const met = [...channel.keys()].map((key) => key.split('|')[1]);
  await perform(met.map((name) => (actor) => actor.forget({ ...OLD, channel: name })), world, protocol);
  if (channel.size > 0) return 'the channel row of a dead connection remains';
  return reverse.size > 0 ? 'the reverse row of a dead connection remains' : undefined;
}

/**
 * Returns what is wrong after rows were refused: the process must fail, and when the disconnect is handled once more, nothing may remain. No message
 * has to meet a 410 for it.
 */
export function wrongAfterRefusal(scenario: string) {
  return async (world: SteppedWorld, protocol: Protocol): Promise<string | undefined> => {
    world.refusal = undefined;
    const { channel, reverse } = world.state;
    const isLeft = [...channel.values(), ...reverse.values()].some(({ connectedAt }) => connectedAt === OLD.connectedAt);
    if (isLeft && !world.hasFailed) return 'a row was refused, and nobody knows';
    await perform([forget], world, protocol);
    return wrongWith(scenario)(world.state, true);
  };
}

const CHANNEL_SETS = [['c'], ['d'], ['c', 'd']];

/** Refusals of each set of rows that a process deletes together. */
export function refusalsOf(process: number): Refusal[] {
  return (['channel', 'reverse'] as const).flatMap((kind) => CHANNEL_SETS.map((channels) => ({ process, kind, channels })));
}

/** Scenarios in which rows may be refused, with the processes to which it happens. */
export const REFUSABLE: Readonly<Record<string, readonly number[]>> = {
  'a member of two channels | ends': [0],
  'a member of two channels | ends by its disconnect | ends by a 410': [0, 1],
  'a member of two channels | ends | the id is used again, and joins one': [0],
  'joins two channels at once | ends': [1],
};

/** Scenarios in which each process may die, with the processes to check. */
export const DEADLY: Readonly<Record<string, readonly number[]>> = {
  'joins | ends': [0, 1],
  'joins | joins again': [0, 1],
  'joins two channels at once | ends': [0, 1],
  'a member of two channels | ends': [0],
  'a member | ends by its disconnect | ends by a 410': [0, 1],
  'joins | ends by its disconnect | ends by a 410': [0, 2, 3],
  'joins | leaves': [0, 1],
  'a leave that takes long | joins again': [0, 1],
  'joins | joins again | leaves at last': [0, 1, 2],
};
