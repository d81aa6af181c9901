import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { HistoryServer, type Asking } from './support/history-server';
import { eventually } from '../../harness/eventually';
import type { AckFrame, ErrorFrame, HistoryFrame, MessageFrame } from '../../lambda-src/core/log/frames';

/*
 * Odd frames through the runner, compared with a second reading of the wire contract: each action gets exactly one answer, the expected one.
 * Frames are written by hand, so that members occur twice, and numbers have forms that JSON.stringify does not write.
 */

const RUNS = 400;
const MAX_BYTES = 24 * 1024;
const PAGE_BYTES = 28 * 1024;
const CHANNEL = /^([A-Za-z0-9][\w.:-]{0,127}|user:[\w.-]{1,395})$/;

type Answer = AckFrame | ErrorFrame | HistoryFrame;
type Members = Readonly<Record<string, unknown>>;
/** A member on the wire: its name and its value. */
type Written = readonly [name: string, value: string];

let server: HistoryServer<'api'>;

beforeAll(async () => {
  server = await HistoryServer.start({ api: () => ({}) });
}, 60_000);

afterEach(() => server.leave());
afterAll(() => server?.stop());

const text = (value: unknown) => fc.constant(JSON.stringify(value));
/** Text on the wire, with escapes for half surrogate pairs. */
const anyText = (constraints: fc.StringConstraints = {}) => fc.string({ unit: 'binary', ...constraints }).map((value) => JSON.stringify(value));
const sized = (count: number, unit: string) => text(unit.repeat(count));
const oddities = fc.oneof(...['null', 'true', 'false', '0', '-0', '[]', '{}', '""', '" "', '"\\ud800"', '"\\u0000"', '1e400', '{"a":[1]}'].map((raw) => fc.constant(raw)));
const numbers = fc.oneof(
  ...['0', '-0', '1', '1.0', '1e0', '2', '3', '-1', '0.5', '1.5', '1000', '1001', '9007199254740991', '9007199254740992', '9007199254740993', '1e21', '-1e400', '"1"']
    .map((raw) => fc.constant(raw)),
  fc.nat({ max: 40 }).map(String),
);
const known = <T extends string>(...values: T[]) => fc.constantFrom(...values.map((value) => JSON.stringify(value)));

const SESSIONS = ['s'.repeat(22), 't'.repeat(64)];
const refs = fc.oneof(
  { arbitrary: known('a', 'b', 'c'), weight: 6 }, { arbitrary: anyText({ minLength: 1, maxLength: 64 }), weight: 2 },
  ...[sized(64, '\u{1f44d}'), sized(65, '\u{1f44d}'), sized(64, '\u0000'), sized(65, 'r'), sized(64, '\ud800'), oddities].map((arbitrary) => ({ arbitrary, weight: 1 })),
);
const sessions = fc.oneof(
  { arbitrary: known(...SESSIONS), weight: 5 },
  ...[sized(21, 's'), sized(22, '\u{1f44d}'), sized(64, '\ud800'), sized(65, 's'), oddities].map((arbitrary) => ({ arbitrary, weight: 1 })),
);
const channels = fc.oneof({ arbitrary: known('room', 'user:ann'), weight: 4 }, ...[known('*', 'a#b', 'a\n', '_a'), sized(128, 'c'), sized(129, 'c'), oddities]
  .map((arbitrary) => ({ arbitrary, weight: 1 })));
const messages = fc.oneof(
  { arbitrary: anyText({ minLength: 1, maxLength: 50 }), weight: 5 },
  ...[sized(2_000, 'x'), sized(24_600, 'x'), fc.integer({ min: 24_300, max: 24_500 }).map((count) => JSON.stringify('x'.repeat(count))), sized(4_060, '\u0000'), sized(12_000, '\u00e9'), text('\ud800\udc00\ud800'), oddities]
    .map((arbitrary) => ({ arbitrary, weight: 1 })),
);
const others = fc.tuple(known('other', '__proto__', 'constructor', 'toString'), fc.oneof(oddities, fc.constant('{"ref":"r","again":true}')));

/** @param percent share of frames with the member */
const member = (name: string, value: fc.Arbitrary<string>, percent: number) => fc.oneof(
  { arbitrary: value.map((raw): Written => [JSON.stringify(name), raw]), weight: percent }, { arbitrary: fc.constant(null), weight: 100 - percent },
);
const framesOf = (action: string, ...members: fc.Arbitrary<Written | null>[]) => fc.tuple(
  fc.tuple(member('ref', refs, 95), ...members), fc.array(others, { maxLength: 2 }), member('ref', refs, 5),
).map(([given, odd, twice]) => {
  const all = [['"action"', JSON.stringify(action)], ...odd, ...given, twice].filter((each) => each !== null);
  return `{${all.map((each) => each.join(':')).join(', ')}}`;
});
const agains = fc.oneof({ arbitrary: fc.constantFrom('true', 'false'), weight: 9 }, { arbitrary: oddities, weight: 1 });
const epochs = fc.oneof({ arbitrary: fc.constant('EPOCH'), weight: 8 }, ...[known('another'), sized(64, 'e'), sized(65, 'e'), oddities].map((arbitrary) => ({ arbitrary, weight: 1 })));
const frames = fc.oneof(
  framesOf('publish', member('message', messages, 95), member('session', sessions, 50), member('again', agains, 50), member('channel', channels, 15)),
  framesOf('history', member('since', numbers, 50), member('before', numbers, 25), member('epoch', epochs, 70), member('limit', numbers, 40), member('channel', channels, 15)),
);

const isText = (value: unknown, least: number, most: number): value is string => (
  typeof value === 'string' && [...value].length >= least && [...value].length <= most
);
const isWhole = (value: unknown, least: number, most = Number.MAX_SAFE_INTEGER) => (
  Number.isInteger(value) && (value as number) >= least && (value as number) <= most
);
const isAbsentOr = (value: unknown, isIt: boolean) => value === undefined || isIt;
const bytesOf = (value: object) => Buffer.byteLength(JSON.stringify(value));

/** Expected history, and expected answer to the next frame. */
class Model {
  readonly kept: MessageFrame[] = [];

  constructor(private readonly connectionId: string, readonly epoch: string, readonly first: number) {}

  get last(): number {
    return this.first + this.kept.length;
  }

  /** Throws if the answer is not the expected one. */
  check(sent: Members, answer: Answer): void {
    const { ref, channel } = sent;
    if (!isText(ref, 1, 64)) return expect(answer).toEqual({ type: 'error', code: 'bad_request', message: expect.any(String) });
    const isChannel = typeof channel === 'string' && CHANNEL.test(channel) && !channel.includes('\n');
    const isValid = isAbsentOr(channel, isChannel) && (sent.action === 'publish' ? this.isPublish(sent) : this.isHistory(sent));
    const error = (code: string) => expect(answer).toEqual({ type: 'error', ref, code, message: expect.any(String) });
    if (!isValid) return error('bad_request');
    if (channel !== undefined) return error('unknown_channel');
    return sent.action === 'publish' ? this.checkPublish(sent, answer, error) : this.checkHistory(sent, answer);
  }

  private isPublish({ message, session, again }: Members): boolean {
    return typeof message === 'string' && message !== '' && isAbsentOr(session, isText(session, 22, 64)) && isAbsentOr(again, typeof again === 'boolean');
  }

  private isHistory({ since, before, limit, epoch }: Members): boolean {
    return isAbsentOr(since, isWhole(since, 0)) && isAbsentOr(before, isWhole(before, 1)) && isAbsentOr(limit, isWhole(limit, 1, 1_000))
      && isAbsentOr(epoch, isText(epoch, 1, 64)) && (since === undefined || before === undefined);
  }

  private checkPublish({ ref, message, session, again }: Members, answer: Answer, error: (code: string) => void): void {
    const [kind, value] = session === undefined ? ['c', this.connectionId] : ['s', session];
    const id = createHash('sha256').update(JSON.stringify([kind, value, '*', null, ref])).digest('base64url').slice(0, 22);
    const frame = { type: 'message' as const, id, from: this.connectionId, sentAt: Date.now(), message: Buffer.from(message as string).toString() };
    if (bytesOf({ ...frame, position: Number.MAX_SAFE_INTEGER }) > MAX_BYTES) return error('too_large');
    const before = again === true ? this.kept.findLast((each) => each.id === id) : undefined;
    const position = before?.position ?? this.last + 1;
    if (!before) this.kept.push({ ...frame, position });
    expect(answer).toEqual({ type: 'ack', ref, id, position, delivered: 1 });
  }

  private checkHistory({ ref, since, before, limit = undefined, epoch }: Members, answer: Answer): void {
    const isOurs = epoch === undefined || epoch === this.epoch;
    const isRecovered = before !== undefined ? isOurs
      : since === undefined || (epoch === this.epoch && (since as number) >= this.first && (since as number) <= this.last);
    const { messages: got, ...rest } = answer as HistoryFrame;
    const most = (limit as number | undefined) ?? (isRecovered ? 100 : 0);
    expect(bytesOf(answer)).toBeLessThanOrEqual(PAGE_BYTES);
    expect(got.length).toBeLessThanOrEqual(most);
    const isForwards = isRecovered && since !== undefined;
    const bound = isRecovered && before !== undefined ? Math.min(before as number, this.last + 1) : this.last + 1;
    const wanted = this.kept.filter(({ position }) => (isForwards ? position! > (since as number) : position! < bound));
    // As many as fit: one more would exceed the limit or the frame.
    const [fitting, next] = isForwards
      ? [wanted.slice(0, got.length), wanted[got.length]]
      : [got.length > 0 ? wanted.slice(-got.length) : [], wanted[wanted.length - got.length - 1]];
    expect(got).toEqual(fitting.map((each) => ({ ...each, sentAt: expect.any(Number) })));
    if (next && got.length < most) expect(bytesOf(answer) + bytesOf(next)).toBeGreaterThan(PAGE_BYTES - 300);
    if (wanted.length > 0 && most > 0) expect(got.length).toBeGreaterThan(0);
    const position = isForwards ? (since as number) + got.length
      : isRecovered && before !== undefined ? got[0]?.position ?? (before as number) : this.last;
    const more = isForwards ? position < this.last : isRecovered && before !== undefined ? got.length < wanted.length : false;
    expect(rest).toEqual({ type: 'history', ref, epoch: this.epoch, position, recovered: isRecovered, more });
  }
}

const answersOf = (asking: Asking) => asking.frames.filter((frame) => frame.type !== 'message') as Answer[];

test('each odd frame gets the one documented answer', async () => {
  const ann = await server.join('api');
  await ann.ask('publish', { message: 'the first' });
  const { from } = await ann.message('the first');
  const { epoch, position } = await ann.ask<HistoryFrame>('history', { limit: 1 });
  expect(position).toBe(1);
  // A message sent before the model began is the first that it has.
  const model = new Model(from!, epoch, 0);
  model.kept.push(ann.messages[0]);
  let answered = answersOf(ann).length;
  const codes = new Map<string, number>();
  await fc.assert(fc.asyncProperty(frames, async (raw) => {
    const frame = raw.replace('EPOCH', JSON.stringify(epoch));
    const sent = Object.assign(Object.create(null) as object, JSON.parse(frame)) as Members;
    ann.client.send(frame);
    const answer = await eventually(() => answersOf(ann)[answered]);
    answered++;
    model.check(sent, answer);
    const name = answer.type === 'error' ? answer.code : `${sent.action as string} ${'recovered' in answer ? answer.recovered : ''}`;
    codes.set(name, (codes.get(name) ?? 0) + 1);
  }), { numRuns: RUNS, endOnFailure: true });
  // Listeners got each message as it is in the history.
  for (const { id, position: at, message } of model.kept) {
    await eventually(() => ann.messages.some((each) => each.id === id && each.position === at && each.message === message));
  }
  expect(answersOf(ann)).toHaveLength(answered);
  expect([...codes.keys()].sort()).toEqual(['bad_request', 'history false', 'history true', 'publish ', 'too_large', 'unknown_channel']);
}, 240_000);

test.each(['{"action":"publish"', '{"action":"publishx","ref":"r"}', '["publish"]', '"publish"', '{"action":["publish"]}'])('%s is not an action, and is broadcast', async (frame) => {
  const ann = await server.join('api');
  ann.client.send(frame);
  expect(await ann.message(frame)).toMatchObject({ type: 'message', position: expect.any(Number) });
  expect(answersOf(ann)).toEqual([]);
});
