import { CHANNEL, Invocation } from './invocation';
import type { Scenario } from './scenario';
import type { Planting } from './world';
import { presenceFrame } from '../../../../lambda-src/core/presence/frames';
import { PresenceMarker } from '../../../../lambda-src/core/presence/presence-marker';
import type { PresenceMember, PresenceState, PresenceTable, StoredList, StoreOutcome } from '../../../../lambda-src/core/presence/presence-table';
import type { TickerPorts } from '../../../../lambda-src/core/presence/presence-ticker';

function markerOf(invocation: Invocation): PresenceMarker {
  return new PresenceMarker({ table: invocation, ticks: invocation, clock: invocation.process.clock });
}

/** Stores over a list of the same version, even if later turns came; an unchanged list is not stored. */
class ByVersion extends Invocation {
  protected isBase(state: PresenceState, base: PresenceState): boolean {
    return state.version === base.version;
  }

  async store(channel: string, turn: number, list: StoredList, base: PresenceState): Promise<StoreOutcome> {
    const isSame = list.version === base.version && JSON.stringify(list.absent) === JSON.stringify(base.absent);
    return isSame ? 'stored' : super.store(channel, turn, list, base);
  }
}

class FreshMark extends Invocation {
  async state(): Promise<PresenceState> {
    return { ...await super.state(), markedAt: this.process.clock.now() };
  }
}

/** Trusts the stored list, and changes it by what it knows. */
const edgeTriggered: Planting['around'] = async (change, _isRemoval, invocation, world) => {
  await change();
  const users = [...await invocation.service.call(() => world.channel.usersAt(world.clock.now()))].sort().map((id) => ({ id }));
  const base = await invocation.state();
  const list = { version: base.version + 1, count: users.length, ...(users.length <= world.scenario.maxUsers && { users }), absent: {} };
  if (await invocation.store(CHANNEL, base.storedTurn + 1, list, base) === 'stored') await world.publish(presenceFrame(CHANNEL, list), invocation);
};

/** Mutants that CHANNELS lists for presence, and further ones, each at its seam. */
export const MUTANTS: Readonly<Record<string, { readonly planting: Planting; readonly shows: RegExp; readonly scenario?: Partial<Scenario> }>> = {
  'edge-triggered': { planting: { around: edgeTriggered }, shows: /^(calm|rough|for ever): .* sees/ },
  'a mark before the row only': {
    planting: {
      around: async (change, _isRemoval, invocation) => {
        await markerOf(invocation).mark(CHANNEL);
        await change();
      },
    },
    shows: /^rough: .* sees/,
  },
  'a removal with a mark after it only': {
    planting: {
      around: async (change, _isRemoval, invocation) => {
        await change();
        await markerOf(invocation).mark(CHANNEL);
      },
    },
    shows: /^rough: .* sees/,
    scenario: { crashes: 0.5, freezes: 0, timeouts: 0 },
  },
  'a mark that counts for ever': { planting: { invocation: FreshMark }, shows: /^for ever: .* sees/, scenario: { lostTicks: 0.3 } },
  'a store by version': {
    planting: { invocation: ByVersion }, shows: /^rough: .* sees/, scenario: { freezes: 0.6, crashes: 0, timeouts: 0, duplicateTicks: 0 },
  },
  'a frame published before it is stored': {
    planting: {
      ticker: (ports, invocation) => tableWith(ports, invocation, {
        store: async (channel, turn, list, base) => {
          if (list.version !== base.version) await ports.publish(channel, presenceFrame(channel, list));
          return invocation.store(channel, turn, list, base);
        },
      }),
    },
    shows: /^version .* was .*, and is/,
  },
  'members that are read before the turn is taken': {
    planting: {
      ticker: (ports, invocation) => {
        let rows: PresenceMember[];
        const withTable = tableWith(ports, invocation, {
          takeTurn: async (channel, askedIn) => {
            rows = [];
            for await (const page of invocation.pages()) rows.push(...page);
            return invocation.takeTurn(channel, askedIn);
          },
        });
        return { ...withTable, members: { pages: async function* () { yield rows; } } };
      },
    },
    shows: /^(calm|rough): .* sees/,
  },
  'an absent user whom no tick looks for': {
    planting: {
      ticker: (ports, invocation) => ({
        ...ports, ticks: { send: async (tick, delaySeconds) => (tick.wakeAt === undefined ? invocation.send(tick, delaySeconds) : undefined) },
      }),
    },
    shows: /^calm: .* sees/,
  },
  'clocks that have to agree when absent users are looked for': {
    planting: {
      ticker: (ports, invocation) => ({
        ...ports, ticks: { send: ({ wakeAt: _wakeAt, ...tick }, delaySeconds) => invocation.send(tick, delaySeconds) },
      }),
    },
    shows: /^calm: .* sees/,
  },
  'no grace': {
    planting: {
      ticker: (ports, invocation) => tableWith(ports, invocation, {
        takeTurn: async (channel, askedIn) => {
          const state = await invocation.takeTurn(channel, askedIn);
          return state && { ...state, users: [] };
        },
      }),
    },
    shows: /although there or absent for a moment/,
  },
  'a tick that came again, and publishes nothing': {
    planting: {
      ticker: (ports, invocation) => {
        let isNews = false;
        const withTable = tableWith(ports, invocation, {
          store: async (channel, turn, list, base) => {
            const outcome = await invocation.store(channel, turn, list, base);
            isNews = outcome === 'stored' && list.version !== base.version;
            return outcome;
          },
        });
        return { ...withTable, publish: async (channel, frame) => (isNews ? ports.publish(channel, frame) : undefined) };
      },
    },
    shows: /^rough: .* sees/,
  },
  'a store that is sure to have failed when it was refused': {
    planting: {
      ticker: (ports, invocation) => tableWith(ports, invocation, {
        store: async (channel, turn, list, base) => (await invocation.store(channel, turn, list, base) === 'stored' ? 'stored' : 'refused'),
      }),
    },
    shows: /^rough: .* sees/,
    scenario: { timeouts: 0.2, freezes: 0, crashes: 0, duplicateTicks: 0.3 },
  },
};

function tableWith(ports: TickerPorts, invocation: Invocation, methods: Partial<PresenceTable>): TickerPorts {
  return { ...ports, table: Object.assign(Object.create(invocation) as Invocation, methods) };
}
