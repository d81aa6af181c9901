import { median, round, type Figure } from './figure';
import { channelEnvironment, channelTables, memberIds, MEMBERS, naiveEnvironment, naiveTable, RATES, ROOM, type ChannelTables } from './layers/channel-tables';
import { LayerStage } from './layers/layer-stage';
import type { Output } from './output';
import type { Stage } from './stage';
import type { Table } from './table';
import { disconnectEvent } from '../harness/events';
import type { Handler } from '../harness/handler/handler';
import type { Settled } from '../harness/handler/protocol';
import { shippedBundle } from '../harness/shipped-bundle';
import { MembersTable } from '../lambda-src/aws/members-table';

/*
 * The handlers with channels, as they ship: a message to some among many, against a message to all of as few, and against rooms as tutorials
 * have them; joins, and ends of connections. Read units and requests are counted at the tables; CPU and times depend on the machine.
 */

const SIZES = [100, 10_000, 100_000] as const;
const WARM_UPS = 300;
const TURNS = 300;
const ROUND_TRIP_MILLIS = 100;
const SLOW_TURNS = 5;
const TEXT = 'x'.repeat(200);
const JOINS = 1_000;
const CHANNELS = 50;
const ENDS = 60;
const CONNECTION_HANDLER_MEGABYTES = 256;
/** Lambda gives a function so much memory for each vCPU. */
const MEGABYTES_PER_CPU = 1_769;
/** Assumed latency of a DynamoDB answer. */
const TABLE_MILLIS = 10;

export async function benchChannels(stage: Stage, { progress, show }: Output): Promise<Figure[]> {
  const layers = await LayerStage.start(stage);
  try {
    const messages = await measureMessages(layers, progress);
    show(messagesTable(messages));
    progress('channels: joins');
    const joins = await measureJoins(layers);
    progress('channels: ends of connections');
    const ends = [await measureEnds(layers, 1), await measureEnds(layers, CHANNELS)];
    show(joinsTable(joins, ends));
    return figuresOf(messages, joins, ends[1]);
  } finally {
    await layers.stop();
  }
}

/** One message to ten, of some subject. */
interface Message {
  readonly subject: string;
  readonly cpuMicros: number;
  readonly millis: number;
  readonly roundTrips: number;
  readonly requests: number;
  readonly readUnits: number;
}

interface Subject {
  readonly name: string;
  readonly handler: Handler;
  readonly send: () => Promise<Settled>;
}

const TO_ALL = `to all of ${MEMBERS}`;
const toChannel = (size: number) => `to a channel of ${MEMBERS} among ${size}`;
const byIndex = (size: number) => `a tutorial's, by an index, among ${size}`;

/** The subjects take turns, so that what else the machine does meets all of them. */
async function measureMessages(layers: LayerStage, progress: Output['progress']): Promise<Message[]> {
  const subjects: Subject[] = [await broadcastToAll(layers)];
  for (const size of SIZES) {
    progress(`channels: tables of ${size} connections`);
    subjects.push(await channelSubject(layers, size), await naiveSubject(layers, size));
  }
  const runs = new Map(subjects.map(({ name }) => [name, [] as Settled[]]));
  for (let turn = -WARM_UPS; turn < TURNS; turn++) {
    if ((turn + WARM_UPS) % 100 === 0) progress(`channels: messages, ${turn + WARM_UPS} of ${WARM_UPS + TURNS}`);
    for (const { name, send } of subjects) {
      const settled = await send();
      if (turn >= 0) runs.get(name)!.push(settled);
    }
  }
  const messages: Message[] = [];
  for (const { name, send } of subjects) messages.push({ subject: name, ...await countsOf(layers, send), ...summary(runs.get(name)!) });
  await layers.clear();
  return messages;
}

async function broadcastToAll(layers: LayerStage): Promise<Subject> {
  const handler = await layers.environment({ bundle: shippedBundle('message-handler'), connections: await layers.connections(memberIds()), env: RATES });
  return { name: TO_ALL, handler, send: () => layers.send(handler, TEXT, '$default', sender(layers)) };
}

async function channelSubject(layers: LayerStage, size: number): Promise<Subject> {
  const handler = await channelEnvironment(layers, 'layered-message-handler', await channelTables(layers, size));
  const send = async () => {
    const { settled, frame } = await layers.ask<{ type: 'ack'; delivered: number }>(handler, 'publish', { channel: ROOM, message: TEXT }, sender(layers));
    if (frame.delivered !== MEMBERS) throw new Error(`a message to ${MEMBERS} members was delivered to ${frame.delivered}`);
    return settled;
  };
  return { name: toChannel(size), handler, send };
}

async function naiveSubject(layers: LayerStage, size: number): Promise<Subject> {
  const handler = await naiveEnvironment(layers, await naiveTable(layers, size));
  return { name: byIndex(size), handler, send: () => layers.send(handler, JSON.stringify({ channel: ROOM, message: TEXT }), 'sendMessage', sender(layers)) };
}

function sender({ connectedAt }: LayerStage) {
  return { connectionId: memberIds()[0], connectedAt };
}

/** Requests of one invocation to the tables, and the number of times it waits for them: each answer is so late that nothing else counts. */
async function countsOf({ database }: LayerStage, send: () => Promise<Settled>): Promise<Pick<Message, 'requests' | 'readUnits' | 'roundTrips'>> {
  database.reset();
  await send();
  const { requests, readUnits } = database;
  database.latencyMillis = ROUND_TRIP_MILLIS;
  const late: number[] = [];
  for (let turn = 0; turn < SLOW_TURNS; turn++) late.push(millisOf(await send()));
  database.latencyMillis = 0;
  return { requests, readUnits, roundTrips: median(late) / ROUND_TRIP_MILLIS };
}

function summary(runs: readonly Settled[]): Pick<Message, 'cpuMicros' | 'millis'> {
  return { cpuMicros: median(runs.map(({ cpuMicros }) => cpuMicros)), millis: median(runs.map(millisOf)) };
}

function millisOf({ startedAt, settledAt }: Settled): number {
  return settledAt - startedAt;
}

function messagesTable(messages: readonly Message[]): Table {
  const { cpuMicros: toAll, millis } = messages.find(({ subject }) => subject === TO_ALL)!;
  return {
    title: `Channels: a message of ${TEXT.length} bytes to ${MEMBERS}, directly, in a warm environment`,
    head: ['', 'CPU ms', 'against all', 'time, against all', 'round trips to the tables', 'requests to the tables', 'read units'],
    rows: messages.map((message) => [
      message.subject, round(message.cpuMicros / 1_000), round(message.cpuMicros / toAll), round(message.millis / millis),
      round(message.roundTrips), String(message.requests), round(message.readUnits),
    ]),
  };
}

interface Joins {
  readonly perSecond: number;
  readonly cpuMicros: number;
  readonly requests: number;
}

/** Connections that subscribe to one channel each, one after the other. */
async function measureJoins(layers: LayerStage): Promise<Joins> {
  const tables = await channelTables(layers, JOINS + MEMBERS);
  const handler = await channelEnvironment(layers, 'layered-message-handler', tables);
  const join = (nth: number) => layers.ask<{ type: 'subscribed' }>(handler, 'subscribe', { channel: 'room:joined' }, clientOf(layers, nth));
  for (let nth = 0; nth < JOINS / 2; nth++) await join(nth);
  layers.database.reset();
  const started = performance.now();
  const runs: Settled[] = [];
  for (let nth = JOINS / 2; nth < JOINS; nth++) runs.push((await join(nth)).settled);
  const seconds = (performance.now() - started) / 1_000;
  await layers.clear();
  return { perSecond: runs.length / seconds, cpuMicros: summary(runs).cpuMicros, requests: layers.database.requests / runs.length };
}

interface Ends extends Joins {
  readonly channels: number;
  /** At the memory that the connection handler has by default. */
  readonly millis: number;
  readonly firstMillis: number;
}

/** Connections that end with so many channels each, one after the other. */
async function measureEnds(layers: LayerStage, channels: number): Promise<Ends> {
  const tables = await channelTables(layers, ENDS + MEMBERS);
  const joining = await channelEnvironment(layers, 'layered-message-handler', tables);
  // Each is in a channel already.
  const names = Array.from({ length: channels - 1 }, (_, nth) => ({ channel: `room:end-${nth}` }));
  for (let nth = 0; nth < ENDS && names.length > 0; nth++) await layers.ask(joining, 'subscribe', { channels: names }, clientOf(layers, nth));
  await layers.clear();
  const handler = await channelEnvironment(layers, 'layered-connection-handler', tables, CONNECTION_HANDLER_MEGABYTES);
  const end = (nth: number) => layers.invoke(handler, disconnectEvent(clientOf(layers, nth)));
  const first = await end(0);
  for (let nth = 1; nth < ENDS / 2; nth++) await end(nth);
  layers.database.reset();
  const started = performance.now();
  const runs: Settled[] = [];
  for (let nth = ENDS / 2; nth < ENDS - SLOW_TURNS; nth++) runs.push(await end(nth));
  const seconds = (performance.now() - started) / 1_000;
  const { requests } = layers.database;
  layers.database.latencyMillis = ROUND_TRIP_MILLIS;
  const late: number[] = [];
  for (let nth = ENDS - SLOW_TURNS; nth < ENDS; nth++) late.push(millisOf(await end(nth)));
  layers.database.latencyMillis = 0;
  await areGone(layers, tables);
  await layers.clear();
  const { cpuMicros } = summary(runs);
  const waiting = Math.round(median(late) / ROUND_TRIP_MILLIS) * TABLE_MILLIS;
  const millisWith = (micros: number) => micros / 1_000 * MEGABYTES_PER_CPU / CONNECTION_HANDLER_MEGABYTES + waiting;
  return {
    channels,
    perSecond: runs.length / seconds,
    cpuMicros,
    requests: requests / runs.length,
    millis: millisWith(cpuMicros),
    firstMillis: millisWith(first.cpuMicros),
  };
}

/** Nothing is left of the connections that have ended. */
async function areGone(layers: LayerStage, { members }: ChannelTables): Promise<void> {
  const table = new MembersTable(layers.database.database.client, members, '');
  for (let nth = 0; nth < ENDS; nth++) {
    const left = await table.channelsOf(clientOf(layers, nth).connectionId);
    if (left.length > 0) throw new Error(`a connection that ended is still in ${left.length} channels`);
  }
}

function clientOf({ connectedAt }: LayerStage, nth: number) {
  return { connectionId: `other-${nth}=`, connectedAt };
}

function joinsTable(joins: Joins, ends: readonly Ends[]): Table {
  const row = (name: string, { perSecond, cpuMicros, requests }: Joins) => [name, round(perSecond), round(cpuMicros / 1_000), round(requests)];
  return {
    title: 'Channels: joins and ends of connections, one after the other in one environment, with an embedded database',
    head: ['', 'per second', 'CPU ms', 'requests to the tables', `ms at ${CONNECTION_HANDLER_MEGABYTES} MB`, 'ms, as the first invocation of an environment'],
    rows: [
      [...row('a subscribe to 1 channel', joins), '', ''],
      ...ends.map((each) => [...row(`the end of a connection with ${each.channels} channel${each.channels === 1 ? '' : 's'}`, each), round(each.millis), round(each.firstMillis)]),
    ],
  };
}

function figuresOf(messages: readonly Message[], joins: Joins, { millis, firstMillis }: Ends): Figure[] {
  const cpu = (subject: string) => messages.find((message) => message.subject === subject)!.cpuMicros;
  const [small, ...larger] = SIZES.map((size) => ({ size, cpuMicros: cpu(toChannel(size)) }));
  const units = SIZES.map((size) => messages.find(({ subject }) => subject === toChannel(size))!.readUnits);
  return [
    ...larger.map(({ size, cpuMicros }) => ({
      name: `channels: CPU of a message to ${MEMBERS} among ${size}, against ${SIZES[0]}`, value: cpuMicros / small.cpuMicros, atLeast: 1.1, aim: 1.05,
    })),
    { name: `channels: read units of such a message among ${SIZES[SIZES.length - 1]}, against ${SIZES[0]}`, value: units[units.length - 1] / units[0], atLeast: 1, aim: 1 },
    { name: `channels: CPU of such a message, against a broadcast to all of ${MEMBERS}`, value: median(SIZES.map((size) => cpu(toChannel(size)))) / cpu(TO_ALL), atLeast: 1.15, aim: 1.05 },
    { name: 'channels: requests to the tables by a subscribe', value: joins.requests, atLeast: 5, aim: 5 },
    { name: `channels: ms to handle the end of a connection with ${CHANNELS} channels, at ${CONNECTION_HANDLER_MEGABYTES} MB`, value: millis, atLeast: 1_000, aim: 500 },
    { name: 'channels: the same, as the first invocation of an environment', value: firstMillis, atLeast: 1_000, aim: 500 },
  ];
}
