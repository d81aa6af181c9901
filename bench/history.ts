import { readFileSync } from 'node:fs';
import { median, round, type Figure } from './figure';
import { LayerStage } from './layers/layer-stage';
import type { Output } from './output';
import type { Stage } from './stage';
import type { Table } from './table';
import type { Handler } from '../harness/handler/handler';
import { createHistoryTable } from '../harness/history-table';
import { shippedBundle } from '../harness/shipped-bundle';
import type { AckFrame, HistoryFrame } from '../lambda-src/core/log/frames';
import { LOG_LIMIT } from '../lambda-src/core/log/log-limits';
import { LAYER_ENV } from '../src/private/layer-contract';

/*
 * The message handler with a history, as it ships: appends by several processes at once, what a message takes longer, and many clients
 * that come back at once. Read units and requests are counted at the table; times depend on the machine.
 */

const WRITERS = [1, 2, 4, 8] as const;
const APPENDS = 2_000;
const RECIPIENTS = 10;
const ROUND_TRIP_MILLIS = 100;
const TURNS = 9;
const CLIENTS = 5_000;
const MISSED = 50;
const ENVIRONMENTS = 8;
const TEXT = 'x'.repeat(200);
/** API Gateway lets so many clients in per second, account and region; DynamoDB reads so many units of one partition per second. */
const CONNECTIONS_PER_SECOND = 500;
const UNITS_PER_SECOND = 3_000;

export async function benchHistory(stage: Stage, { progress, show }: Output): Promise<Figure[]> {
  const history = await LayerStage.start(stage);
  try {
    progress(`history: appends by ${WRITERS.join(', ')} processes`);
    const appends = [];
    for (const writers of WRITERS) appends.push(await appendsOf(history, writers));
    show(appendsTable(appends));
    progress('history: what a message takes longer');
    const longer = await addedRoundTrips(history);
    show(latencyTable(longer));
    progress(`history: ${CLIENTS} clients come back`);
    const recoveries = [await recover(history, 'with the cache'), await recover(history, 'without it')];
    show(recoveryTable(recoveries));
    return figuresOf(appends, longer, recoveries[0]);
  } finally {
    await history.stop();
  }
}

function figuresOf(appends: readonly Appends[], { roundTrips }: Latency, { complete, units, mostUnits }: Recovery): Figure[] {
  return [
    { name: 'history: reservations per message, 1 process', value: appends[0].reserves, atLeast: 1.05, aim: 1 },
    { name: 'history: reservations per message, 8 processes', value: appends[appends.length - 1].reserves, atLeast: 2, aim: 1.05 },
    { name: 'history: round trips to the table that it adds to a message', value: roundTrips, atLeast: 3, aim: 2.2 },
    { name: `history: clients of ${CLIENTS} that recovered all of ${MISSED} messages`, value: complete / CLIENTS, atLeast: 1, aim: 1, isMore: true, unit: '%' },
    { name: 'history: read units of a recovery', value: units, atLeast: 2, aim: 1.1 },
    {
      name: 'history: clients per second that one partition serves',
      value: UNITS_PER_SECOND / mostUnits,
      atLeast: CONNECTIONS_PER_SECOND,
      aim: UNITS_PER_SECOND * 0.95,
      isMore: true,
    },
  ];
}

interface HistoryTables {
  readonly connections: string;
  readonly history: string;
}

/** New tables; the history is empty, and so many are connected. */
async function tablesOf(history: LayerStage, recipients: number): Promise<HistoryTables> {
  const name = `history-${history.nextTable()}`;
  await createHistoryTable(history.database.database.client, name);
  return { connections: await history.connections(Array.from({ length: recipients }, (_, nth) => `recipient-${nth}=`)), history: name };
}

function environmentOf(history: LayerStage, bundle: string, { connections, history: name }: HistoryTables): Promise<Handler> {
  const env = { [LAYER_ENV.historyTableName]: name, [LAYER_ENV.historyRetentionSeconds]: '86400', [LAYER_ENV.historyMaxMessages]: '10000' };
  return history.environment({ bundle, connections, env });
}

interface Appends {
  readonly writers: number;
  readonly perSecond: number;
  /** Per message. */
  readonly reserves: number;
  readonly requests: number;
}

async function appendsOf(history: LayerStage, writers: number): Promise<Appends> {
  const tables = await tablesOf(history, 0);
  const bundle = shippedBundle('layered-message-handler');
  const handlers = await Promise.all(Array.from({ length: writers }, () => environmentOf(history, bundle, tables)));
  // Connections are opened, and the origin is made.
  await Promise.all(handlers.map((handler) => history.ask<AckFrame>(handler, 'publish', { message: TEXT })));
  history.database.reset();
  const started = performance.now();
  const positions = new Set<number>();
  let left = APPENDS;
  await Promise.all(handlers.map(async (handler) => {
    while (left-- > 0) positions.add((await history.ask<AckFrame>(handler, 'publish', { message: TEXT })).frame.position!);
  }));
  const seconds = (performance.now() - started) / 1_000;
  if (positions.size !== APPENDS) throw new Error(`${APPENDS} messages got ${positions.size} positions`);
  await history.clear();
  return {
    writers,
    perSecond: APPENDS / seconds,
    reserves: history.database.callsOf(tables.history, 'UpdateItem') / APPENDS,
    requests: history.database.callsOf(tables.history) / APPENDS,
  };
}

function appendsTable(appends: readonly Appends[]): Table {
  return {
    title: `History: ${APPENDS} messages appended by processes that send one after the other, to nobody`,
    head: ['processes', 'per second', 'against 1', 'reservations per message', 'requests per message'],
    rows: appends.map(({ writers, perSecond, reserves, requests }) => [
      String(writers), round(perSecond), round(perSecond / appends[0].perSecond), round(reserves), round(requests),
    ]),
  };
}

interface Latency {
  readonly withMillis: number;
  readonly withoutMillis: number;
  readonly roundTrips: number;
}

/** Each answer of the table is late by so much that nothing else counts. */
async function addedRoundTrips(history: LayerStage): Promise<Latency> {
  const tables = await tablesOf(history, RECIPIENTS);
  const [layered, plain] = await Promise.all([
    environmentOf(history, shippedBundle('layered-message-handler'), tables), environmentOf(history, shippedBundle('message-handler'), tables),
  ]);
  const millis = { layered: [] as number[], plain: [] as number[] };
  const take = async (into: number[], send: () => ReturnType<LayerStage['send']>) => {
    const { startedAt, settledAt } = await send();
    into.push(settledAt - startedAt);
  };
  for (let turn = -2; turn < TURNS; turn++) {
    // The first turns open connections.
    history.database.latencyMillis = turn < 0 ? 0 : ROUND_TRIP_MILLIS;
    if (turn === 0) millis.layered.length = millis.plain.length = 0;
    await take(millis.layered, () => history.send(layered, TEXT));
    await take(millis.plain, () => history.send(plain, TEXT));
  }
  history.database.latencyMillis = 0;
  await history.clear();
  const [withMillis, withoutMillis] = [median(millis.layered), median(millis.plain)];
  return { withMillis, withoutMillis, roundTrips: (withMillis - withoutMillis) / ROUND_TRIP_MILLIS };
}

function latencyTable({ withMillis, withoutMillis, roundTrips }: Latency): Table {
  return {
    title: `History: a message to ${RECIPIENTS}, each answer of the table taking ${ROUND_TRIP_MILLIS} ms`,
    head: ['', 'round trips'],
    rows: [
      ['without a history', round(withoutMillis / ROUND_TRIP_MILLIS)], ['with one', round(withMillis / ROUND_TRIP_MILLIS)], ['added', round(roundTrips)],
    ],
  };
}

interface Recovery {
  readonly name: string;
  readonly seconds: number;
  readonly complete: number;
  /** Each of these for one client. */
  readonly requests: number;
  readonly units: number;
  readonly mostUnits: number;
}

async function recover(history: LayerStage, name: 'with the cache' | 'without it'): Promise<Recovery> {
  const tables = await tablesOf(history, 0);
  const shipped = shippedBundle('layered-message-handler');
  const bundle = name === 'with the cache' ? shipped : history.write('without-cache.js', withoutCache(readFileSync(shipped, 'utf8')));
  const handlers = await Promise.all(Array.from({ length: ENVIRONMENTS }, () => environmentOf(history, bundle, tables)));
  const { frame: { position: since, epoch } } = await history.ask<HistoryFrame>(handlers[0], 'history', {});
  for (let nth = 0; nth < MISSED; nth++) await history.ask<AckFrame>(handlers[0], 'publish', { message: `${nth} ${TEXT}` });
  history.database.reset();
  const started = performance.now();
  let [left, complete] = [CLIENTS, 0];
  await Promise.all(handlers.map(async (handler) => {
    while (left-- > 0) if (await isRecovered(since, async (from) => (await history.ask<HistoryFrame>(handler, 'history', { since: from, epoch })).frame)) complete++;
  }));
  const seconds = (performance.now() - started) / 1_000;
  const { database } = history;
  const each = (count: number) => count / CLIENTS;
  await history.clear();
  return {
    name,
    seconds,
    complete,
    requests: each(database.callsOf(tables.history)),
    units: each(database.readUnitsOf(tables.history)),
    mostUnits: each(database.mostReadUnitsOfOnePartition(tables.history)),
  };
}

/** Reads as a client does, and says whether that was everything, once and in order. */
async function isRecovered(start: number, read: (since: number) => Promise<HistoryFrame>): Promise<boolean> {
  const texts: string[] = [];
  for (let since = start; ;) {
    const page = await read(since);
    if (!page.recovered) return false;
    texts.push(...page.messages.map(({ message }) => message));
    since = page.position;
    if (!page.more) break;
  }
  return texts.length === MISSED && texts.every((text, nth) => text === `${nth} ${TEXT}`);
}

/** The same code, which keeps no entry. */
function withoutCache(code: string): string {
  const parts = code.split(`cacheBytes:${LOG_LIMIT.cacheBytes}`);
  if (parts.length !== 2) throw new Error(`the bundle must have the size of the cache once, got ${parts.length - 1} times`);
  return parts.join('cacheBytes:0');
}

function recoveryTable(recoveries: readonly Recovery[]): Table {
  return {
    title: `History: ${CLIENTS} clients come back at once and recover ${MISSED} messages of ${TEXT.length} bytes each, by ${ENVIRONMENTS} environments`,
    head: ['', 'complete', 'time, against the first', 'requests to the table a client', 'read units a client', 'of these on one partition'],
    rows: recoveries.map(({ name, seconds, complete, requests, units, mostUnits }) => [
      name, String(complete), round(seconds / recoveries[0].seconds), round(requests), round(units), round(mostUnits),
    ]),
  };
}
