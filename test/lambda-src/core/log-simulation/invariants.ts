import type { World } from './world';

/** Longest time that a client reads without progress when nothing fails. */
const STUCK_MILLIS = 60_000;

/** Returns the violated invariants of a world. */
export function violations(world: World): string[] {
  const noticed = [...world.audit.violations, ...world.clients.flatMap((client) => client.violations)];
  return [...noticed, ...places(world), ...covered(world), ...starts(world), ...stuck(world)];
}

/** Every position that a client has passed is filled or sealed, and the client received its content. */
function covered({ clients, audit }: World): string[] {
  const found: string[] = [];
  for (const { name, covered: stretches, ids } of clients) {
    for (const { epoch, from, to } of stretches) {
      for (let position = from + 1; position <= to; position++) {
        const filling = audit.filling(epoch, position);
        if (!filling) found.push(`${name} has passed ${position}, which is neither filled nor sealed`);
        else if (filling.id !== undefined && !ids.has(filling.id)) found.push(`${name} has ${epoch} (${from}, ${to}], but lacks ${filling.id} at ${position}`);
      }
    }
  }
  return found;
}

/**
 * A delivered message is never filled below a position that a client was given as its start, after the client got it: the client would
 * drop a new message. The only exception is a function that stands still between its last look at the clock and its fill, until its
 * time is over.
 */
function starts({ clients, audit }: World): string[] {
  const found: string[] = [];
  for (const { name, starts: told, dropped, ids } of clients) {
    for (const { position, id, at } of dropped) {
      const start = told.findLast((each) => each.at <= at);
      const filling = start && audit.filling(start.epoch, position);
      if (!filling || filling.id !== id || position > start.position || ids.has(id)) continue;
      if (filling.filledAt > start.at && !filling.isPastDeadline) found.push(`${name} was told ${start.position}, then ${id} was filled at ${position}, and dropped as old`);
    }
  }
  return found;
}

/** Nothing delivered is invented: it is the content of its position, in some epoch. */
function places({ clients, audit }: World): string[] {
  const known = new Set([...audit.fillings].map(([key, { id }]) => `${key.split(' ')[1]} ${id}`));
  return clients.flatMap(({ name, handed }) => handed
    .filter(({ position, id }) => !known.has(`${position} ${id}`))
    .map(({ position, id }) => `${name} was handed ${id} at ${position}, where it never was`));
}

function stuck({ clients, clock }: World): string[] {
  return clients.filter(({ isReading, stuckSince }) => isReading && (stuckSince === undefined || clock.now() - stuckSince > STUCK_MILLIS))
    .map(({ name }) => `${name} reads for ever`);
}
