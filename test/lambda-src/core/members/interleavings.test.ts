import { explore, SHIPPED, type ExploreOptions, type Protocol } from './explore';
import { DEADLY, REFUSABLE, refusalsOf, SCENARIOS, wrongAfterDeath, wrongAfterRefusal, wrongWith } from './scenarios';
import { TABLE_RULES, type LookOrder, type TableRules } from './stepped-world';
import { mutatedModule, type Mutation } from '../mutated-module';

/** Limited by the number of states, not by time, also on a busy machine. */
jest.setTimeout(300_000);

const NAMES = Object.keys(SCENARIOS);
const LOOK_ORDERS: readonly LookOrder[] = ['connection first', 'reverse rows first'];

describe.each(LOOK_ORDERS)('in every order, with the %s', (lookOrder) => {
  test.each(NAMES)('%s', async (name) => {
    const { states, found } = await explore(SCENARIOS[name], { lookOrder, check: wrongWith(name) });
    expect(Object.fromEntries(found)).toEqual({});
    expect(states).toBeGreaterThan(2);
  });
});

/** Most requests of a process in these scenarios. */
const MOST_REQUESTS = 8;

/** Returns the violations when each process dies after each of its requests. */
async function afterDeaths(name: string, options: Partial<ExploreOptions> = {}): Promise<string[]> {
  const shows: string[] = [];
  for (const process of DEADLY[name]) {
    for (let after = 0; after < MOST_REQUESTS; after++) {
      const { found } = await explore(SCENARIOS[name], { ...options, death: { process, after }, check: () => undefined, atEnd: wrongAfterDeath });
      shows.push(...found.keys());
    }
  }
  return shows;
}

test.each(Object.keys(DEADLY))('wherever a process dies: %s', async (name) => {
  expect(await afterDeaths(name)).toEqual([]);
});

/** Returns the violations when each set of rows is refused. */
async function afterRefusals(name: string, options: Partial<ExploreOptions> = {}): Promise<string[]> {
  const shows: string[] = [];
  for (const refusal of REFUSABLE[name].flatMap(refusalsOf)) {
    const { found } = await explore(SCENARIOS[name], { ...options, refusal, check: () => undefined, atEnd: wrongAfterRefusal(name) });
    shows.push(...found.keys());
  }
  return shows;
}

test.each(Object.keys(REFUSABLE))('whichever rows are refused: %s', async (name) => {
  expect(await afterRefusals(name)).toEqual([]);
});

const membership = (...mutations: Mutation[]): Partial<ExploreOptions> =>
  ({ protocol: { ...SHIPPED, ...mutatedModule<Omit<Protocol, 'forget'>>('members/membership', mutations) } });
const forgetting = (...mutations: Mutation[]): Partial<ExploreOptions> =>
  ({ protocol: { ...SHIPPED, ...mutatedModule<Pick<Protocol, 'forget'>>('forget', mutations) } });
const table = (rules: Partial<TableRules>): Partial<ExploreOptions> => ({ rules: { ...TABLE_RULES, ...rules } });

const PUTS = "await table.put('reverse', member, abortSignal) && table.put('channel', member, abortSignal)";
const CONNECTION_CHECK = 'sighting.connectedAt === member.connectedAt && ';
const REVERSE_CHECK = ' && reverse?.connectedAt === member.connectedAt && reverse.at >= member.at';
const LEAVE = "await table.remove('reverse', member, { before }, abortSignal);\n  await table.remove('channel', member, { before }, abortSignal);";
const CLOSE_CHANNEL = "await table.removeAll('channel', ours, abortSignal);";
const CLOSE_REVERSE = "await table.removeAll('reverse', ours, abortSignal);";
const unheeded = (source: string) => source.replace(';', '.catch(() => undefined);');

/** Mutants of CHANNELS §8, 5, and further omissions of the protocol. */
const MUTANTS: Readonly<Record<string, Partial<ExploreOptions>>> = {
  'no look at the connection\'s row': membership([CONNECTION_CHECK, '']),
  'no look at the reverse row': membership([REVERSE_CHECK, '']),
  'no look at all': membership([`${CONNECTION_CHECK}reverse?.connectedAt === member.connectedAt && reverse.at >= member.at`, 'true']),
  'a look before the rows are written': membership(
    ['  const put = await inParallel', '  const early = await table.look(members[0].connectionId, [], abortSignal);\n  const put = await inParallel'],
    [CONNECTION_CHECK, 'early.connectedAt === member.connectedAt && '],
  ),
  'the channel row first': membership([PUTS, PUTS.replace('reverse', 'r').replace('channel', 'reverse').replace("'r'", "'channel'")]),
  'rows that stay where the connection is gone': membership(['undo(member, table, abortSignal).then(', 'Promise.resolve().then(']),
  'a channel row that stays where the connection is gone': membership(["await table.remove('channel', member, { at }, abortSignal);", '']),
  'an undo of what was asked for later': membership(
    ["table.remove('channel', member, { at }, abortSignal)", "table.remove('channel', member, undefined, abortSignal)"],
    ["table.remove('reverse', member, { request }, abortSignal)", "table.remove('reverse', member, undefined, abortSignal)"],
  ),
  'an undo of what was asked for earlier': membership(
    ["table.remove('channel', member, { at }, abortSignal)", "table.remove('channel', member, { before: member.at + 1 }, abortSignal)"],
    ["table.remove('reverse', member, { request }, abortSignal)", "table.remove('reverse', member, { before: member.at + 1 }, abortSignal)"],
  ),
  'an undo of what was asked for at the same time': {
    protocol: {
      ...SHIPPED, subscribe: (members, ...rest) => SHIPPED.subscribe(members.map((member) => ({ ...member, request: String(member.at) })), ...rest),
    },
  },
  'an undo that leaves the channel row of another request of the same time': membership(
    ["table.remove('channel', member, { at }, abortSignal)", "table.remove('channel', member, { request }, abortSignal)"],
  ),
  'a 410 that leaves the channel row without its reverse row': membership(["await table.remove('channel', { connectionId, connectedAt, channel }, undefined, abortSignal);", '']),
  'success where a younger row was in the way': membership(["outcome ? 'subscribed' : 'overtaken'", "'subscribed'"]),
  'unsubscribe in the other order': membership([LEAVE, LEAVE.replace('reverse', 'r').replace('channel', 'reverse').replace("'r'", "'channel'")]),
  'unsubscribe of what was asked for later': membership([LEAVE, LEAVE.replaceAll('{ before }', 'undefined')]),
  'unsubscribe of what was asked for at the same time': table({
    isOurs: (row, key, age) => TABLE_RULES.isOurs(row, key, age && 'before' in age ? { before: age.before + 1 } : age),
  }),
  'unsubscribe that leaves the channel row': membership(["await table.remove('channel', member, { before }, abortSignal);", '']),
  'unsubscribe that leaves the reverse row': membership(["await table.remove('reverse', member, { before }, abortSignal);", '']),
  'an end that leaves the channel rows': membership([CLOSE_CHANNEL, '']),
  'an end that leaves the reverse rows': membership([CLOSE_REVERSE, '']),
  'an end that takes the rows of whoever has the id': {
    ...membership(['.filter((row) => row.connectedAt === connectedAt)', '']), ...table({ isOurs: () => true }),
  },
  'memberships that end before the connection\'s row': forgetting(
    ['await rows.remove(connection.connectionId, connection.connectedAt, abortSignal);\n  await onForgotten?.(connection, abortSignal);',
      'await onForgotten?.(connection, abortSignal);\n  await rows.remove(connection.connectionId, connection.connectedAt, abortSignal);'],
  ),
  'a put without a condition': table({ isOlder: () => true }),
  'a put over any row of the same connection': table({ isOlder: (row, { connectedAt }) => !row || row.connectedAt <= connectedAt }),
  'a put over any row of an earlier request': table({ isOlder: (row, { at }) => !row || row.at <= at + 1_000 }),
  'a delete without connectedAt': table({ isOurs: () => true }),
  'a delete without a time': table({ isOurs: (row, { connectedAt }) => row.connectedAt === connectedAt }),
};

test.each(Object.keys(MUTANTS))('a mutant shows: %s', async (mutant) => {
  const shows: string[] = [];
  for (const name of NAMES) {
    const { found } = await explore(SCENARIOS[name], { ...MUTANTS[mutant], check: wrongWith(name), stopAtFirst: true });
    shows.push(...found.keys());
    if (shows.length === 0 && name in DEADLY) shows.push(...await afterDeaths(name, MUTANTS[mutant]));
    if (shows.length > 0) break;
  }
  expect(shows).not.toEqual([]);
});

/** Mutants that show only where rows are refused. */
const REFUSAL_MUTANTS: Readonly<Record<string, Partial<ExploreOptions>>> = {
  'an end that goes on where a channel row is refused': membership([CLOSE_CHANNEL, unheeded(CLOSE_CHANNEL)]),
  'an end that hides that a reverse row is refused': membership([CLOSE_REVERSE, unheeded(CLOSE_REVERSE)]),
  'an end that deletes the rows of both kinds at once': membership(
    [CLOSE_CHANNEL, "const first = table.removeAll('channel', ours, abortSignal);\n  first.catch(() => undefined);"], [CLOSE_REVERSE, `${CLOSE_REVERSE}\n  await first;`],
  ),
};

test.each(Object.keys(REFUSAL_MUTANTS))('a mutant shows where rows are refused: %s', async (mutant) => {
  const shows: string[] = [];
  for (const name of Object.keys(REFUSABLE)) {
    shows.push(...await afterRefusals(name, REFUSAL_MUTANTS[mutant]));
    if (shows.length > 0) break;
  }
  expect(shows).not.toEqual([]);
});
