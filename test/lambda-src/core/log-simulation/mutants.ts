import type { Invocation } from './environment';
import { TableConnection } from './table-connection';
import type { WorldPlanting } from './world';
import { LOG_RULES } from '../../../../lambda-src/core/log/log-rules';
import type { Entry, LogName } from '../../../../lambda-src/core/log/log-table';
import type { PublishLog } from '../../../../lambda-src/core/log/publish';

class Unconditional extends TableConnection {
  protected get isConditional(): boolean {
    return false;
  }
}

class Eventual extends TableConnection {
  protected seenAt(): number {
    return this.now() - this.random.next() * 800;
  }
}

class OwnTime extends TableConnection {
  fill(log: LogName, entry: Entry): Promise<Entry | undefined> {
    const at = this.process.clock.now();
    return super.fill(log, entry.message ? entry : { ...entry, at, ttl: entry.ttl + Math.ceil((at - entry.at) / 1_000) });
  }
}

/** Gives a message its place before it is stored. */
function early(invocation: Invocation): PublishLog {
  const { log, connection, environment, process } = invocation;
  return {
    ...log,
    append: async (channel, message) => {
      const at = process.clock.now();
      const origin = await connection.reserve(channel, 1, at, environment.retentionSeconds);
      if (!origin) return log.append(channel, message);
      const { epoch, last, at: before } = origin;
      const entry = { position: last + 1, at, before, ttl: Math.ceil(at / 1_000) + environment.retentionSeconds + 3_600, message };
      void connection.fill({ channel, epoch }, entry).catch(() => undefined);
      return { epoch, position: last + 1 };
    },
  };
}

/** Mutants that CHANNELS lists for the invariants 1, 2 and 4, and further ones, each at its seam. */
export const MUTANTS: Readonly<Record<string, { readonly planting: WorldPlanting; readonly shows: RegExp }>> = {
  'a fill without a condition': { planting: { connection: Unconditional }, shows: /^position .* was .*, and is/ },
  'a delivery before the fill': { planting: { log: early }, shows: /was delivered at/ },
  'a refused fill that is always taken for a seal': { planting: { rules: { isOwn: () => false } }, shows: /twice by one attempt/ },
  'an eventual read': { planting: { connection: Eventual }, shows: /told that there is nothing after/ },
  'what the TTL deleted, taken for a hole': {
    planting: { rules: { prove: (p, { entry }, now, keptSeconds) => ({ at: entry(p + 1)?.at ?? now, by: 'entry', keptSeconds }) } },
    shows: /and was deleted, and is void|but lacks/,
  },
  'the retention of the reader alone': {
    planting: {
      rules: { prove: (p, { origin, entry }, ...rest) => LOG_RULES.prove(p, { origin: { ...origin, retentions: new Map() }, entry }, ...rest) },
    },
    shows: /and was deleted, and is void|but lacks/,
  },
  'a tombstone with its own time': {
    planting: { connection: OwnTime },
    shows: /and was deleted, and is void|but lacks/,
  },
  'no seal at the tail': {
    planting: { rules: { isSealable: (laterTimes, now) => laterTimes.length > 1 && LOG_RULES.isSealable(laterTimes, now) } },
    shows: /reads for ever/,
  },
  'a position handed out above a young hole': { planting: { rules: { isPastWindow: () => true } }, shows: /was told .*, then .* was filled at/ },
  'no hold': { planting: { client: { doesNotHold: true } }, shows: /but lacks|was handed .* after/ },
  'dedupe by position only': { planting: { client: { dedupesByPositionOnly: true } }, shows: /twice/ },
};
