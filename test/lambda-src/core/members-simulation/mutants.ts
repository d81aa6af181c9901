import type { Engine, Planting } from './engine';
import { Invocation } from './invocation';
import type { Scenario } from './scenario';
import { TABLE_RULES, type TableRules } from '../members/stepped-world';
import { mutatedCore, mutatedModule, type Mutation } from '../mutated-module';

const MEMBERSHIP = 'members/membership';

function membership(...mutations: Mutation[]): Planting {
  return {
    engine: {
      ...mutatedModule<Pick<Engine, 'subscribe' | 'unsubscribe' | 'leaveAll'>>(MEMBERSHIP, mutations),
      ...mutatedCore<Pick<Engine, 'connectWithChannels'>>('layered-connect', { [MEMBERSHIP]: mutations }),
    },
  };
}

const table = (rules: Partial<TableRules>): Planting => ({ rules: { ...TABLE_RULES, ...rules } });

/** Reads a slightly older state, as DynamoDB may without ConsistentRead. */
class Eventual extends Invocation {
  protected seenAt(): number {
    return super.seenAt() - (this.random.chance(0.2) ? this.random.next() * 500 : 0);
  }
}

const CONNECTION_CHECK = 'sighting.connectedAt === member.connectedAt && ';
const REVERSE_CHECK = ' && reverse?.connectedAt === member.connectedAt && reverse.at >= member.at';
const CLOSE_CHANNEL = "await table.removeAll('channel', ours, abortSignal);";
const CLOSE_REVERSE = "await table.removeAll('reverse', ours, abortSignal);";
const MET_CHANNEL = "await table.remove('channel', { connectionId, connectedAt, channel }, undefined, abortSignal);";

interface Mutant {
  readonly planting: Planting;
  readonly shows: RegExp;
  /** Changes to the scenario in rough worlds. */
  readonly scenario?: Partial<Scenario>;
}

/** Mutants that show only where functions die, answers are lost, and rows live until their TTL; and those that show everywhere. */
export const MUTANTS: Readonly<Record<string, Mutant>> = {
  'no look at the connection\'s row': { planting: membership([CONNECTION_CHECK, '']), shows: /was left$/ },
  'no look at the reverse row': { planting: membership([REVERSE_CHECK, '']), shows: /^the channel row of .* was left$/ },
  'rows that stay where the connection is gone': {
    planting: membership(['undo(member, table, abortSignal).then(', 'Promise.resolve().then(']), shows: /was left$/,
  },
  'a failed write that is taken for a member': {
    planting: membership(['.catch((error: Error) => error));\n  const { connectionId }', '.catch(() => true));\n  const { connectionId }']),
    shows: /told subscribed, and is no member|did not find/,
  },
  'a failed look that is taken for a member': {
    planting: membership(['if (sighting instanceof Error) return sighting;', "if (sighting instanceof Error) return 'subscribed';"]),
    shows: /was left$|did not find/,
    scenario: { timeouts: 0.3, crashes: 0, freezes: 0 },
  },
  'an answer that was lost, taken for a later request': {
    planting: table({ isOlder: (row, member) => TABLE_RULES.isOlder(row, member) && row?.request !== member.request }), shows: /overtaken by nothing/,
  },
  'an end that deletes the reverse row first': {
    planting: membership([CLOSE_CHANNEL, CLOSE_REVERSE.replace("'reverse'", "'r'")], [CLOSE_REVERSE, CLOSE_CHANNEL], ["'r'", "'reverse'"]),
    shows: /^the channel row of .* was left$/,
    scenario: { crashes: 0.3, freezes: 0, timeouts: 0, repeatedDisconnects: 0.8 },
  },
  'an end that goes on where a channel row is refused': {
    planting: membership([CLOSE_CHANNEL, CLOSE_CHANNEL.replace(';', '.catch(() => undefined);')]),
    shows: /^the channel row of .* was left$/,
    scenario: { crashes: 0, freezes: 0, timeouts: 0.3, repeatedDisconnects: 0.8 },
  },
  'an end that takes whatever has the id': {
    planting: { ...membership(['.filter((row) => row.connectedAt === connectedAt)', '']), ...table({ isOurs: () => true }) },
    shows: /told subscribed, and is no member|did not find/,
  },
  'a 410 that leaves the memberships': {
    planting: { engine: mutatedModule<Pick<Engine, 'prune'>>('prune', [['forget(connection as Forgotten, ports,', 'forget(connection as Forgotten, { rows: ports.rows },']]) },
    shows: /left the row of .*, which is closed/,
  },
  'a 410 that leaves the channel row without its reverse row': {
    planting: membership([MET_CHANNEL, '']), shows: /left the row of .*, which is closed/, scenario: { crashes: 0.3 },
  },
  'a 410 that forgets who is still opening': {
    planting: { engine: mutatedModule<Pick<Engine, 'prune'>>('prune', [[' || mayBeOpening(connection, clock.now())', '']]) },
    shows: /told subscribed, and is no member|did not find|is gone, and is there/,
  },
  'a put without a condition': { planting: table({ isOlder: () => true }), shows: /told subscribed, and is no member|did not find|is gone, and is there/ },
  'a delete without connectedAt': {
    planting: table({ isOurs: (row, member, age) => TABLE_RULES.isOurs(row, { ...member, connectedAt: row.connectedAt }, age) }),
    shows: /told subscribed, and is no member|did not find/,
  },
  'an unsubscribe that leaves the channel row': {
    planting: membership(["await table.remove('channel', member, { before }, abortSignal);", '']), shows: /told unsubscribed, and is a member/,
  },
  'an unsubscribe of what was asked for later': {
    planting: membership(
      ["table.remove('reverse', member, { before }, abortSignal)", "table.remove('reverse', member, undefined, abortSignal)"],
      ["table.remove('channel', member, { before }, abortSignal)", "table.remove('channel', member, undefined, abortSignal)"],
    ),
    shows: /told subscribed, and is no member|did not find/,
  },
  'an eventual read': { planting: { invocation: Eventual }, shows: /did not find|was left$/ },
  'rows of members without a TTL': { planting: { memberTtlSeconds: Infinity }, shows: /left for ever/ },
  'rows of members that are dead before their connection': { planting: { memberTtlSeconds: 3_600 }, shows: /told subscribed, and is no member|did not find/ },
};
