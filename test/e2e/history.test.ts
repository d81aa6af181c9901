import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { Duration, type Stack } from 'aws-cdk-lib';
import { WebSocketLambdaAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { HistoryServer } from './support/history-server';
import { eventually } from '../../harness/eventually';
import { queuesClient } from '../../harness/queues';
import { HistoryTable } from '../../lambda-src/aws/history-table';
import type { AckFrame, ErrorFrame, HistoryFrame } from '../../lambda-src/core/log/frames';
import { ChannelAccess, FanOut, MessageRateLimit } from '../../src';
import { ALL_CONNECTIONS, ENV } from '../../src/private/contract';
import { HISTORY_METRIC } from '../../src/private/layer-contract';

/** Admits everybody, with the names in the query string as the channels to publish to. */
const AUTHORIZER = `
exports.handler = async ({ methodArn, queryStringParameters: { may } }) => ({
  principalId: 'anybody',
  policyDocument: { Version: '2012-10-17', Statement: [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: methodArn }] },
  context: { may },
});`;

function authorizer(stack: Stack): WebSocketLambdaAuthorizer {
  const handler = new LambdaFunction(stack, 'Authorizer', { runtime: Runtime.NODEJS_24_X, handler: 'index.handler', code: Code.fromInline(AUTHORIZER) });
  return new WebSocketLambdaAuthorizer('Authorizer', handler, { identitySource: ['route.request.querystring.may'] });
}

const MODES = {
  direct: () => ({}),
  queued: () => ({ fanOut: FanOut.queued() }),
  aged: () => ({ history: { retention: Duration.hours(1) } }),
  few: () => ({ history: { maxMessages: 3 } }),
  // So slow that nothing of it comes back during a test.
  slow: () => ({ messageRateLimit: MessageRateLimit.perSecond(0.1, 12), environment: { [ENV.messageRate]: '0.001' } }),
  closed: (stack: Stack) => ({ authorizer: authorizer(stack), publishAccess: ChannelAccess.claim('may') }),
};

let server: HistoryServer<keyof typeof MODES>;

beforeAll(async () => {
  server = await HistoryServer.start(MODES);
}, 60_000);

afterEach(() => server.leave());
afterAll(() => server?.stop());

const textsOf = ({ messages }: HistoryFrame) => messages.map(({ message }) => message);

describe.each(['direct', 'queued'] as const)('with a history, %s', (mode) => {
  test('a published message is acknowledged with its id and position, and reaches everybody with both', async () => {
    const [ann, bob] = [await server.join(mode), await server.join(mode)];
    const ack = await ann.ask<AckFrame>('publish', { message: `hello ${mode}` });
    expect(ack).toEqual({
      type: 'ack', ref: 'r1', id: expect.stringMatching(/^[\w-]{22}$/), position: expect.any(Number), ...(mode === 'direct' && { delivered: 2 }),
    });
    const message = await bob.message(`hello ${mode}`);
    expect(message).toEqual({
      type: 'message', id: ack.id, from: expect.any(String), sentAt: expect.any(Number), message: `hello ${mode}`, position: ack.position,
    });
    expect(await ann.message(`hello ${mode}`)).toEqual(message);
  });

  test('plain text gets a position and no answer', async () => {
    const [ann, bob] = [await server.join(mode), await server.join(mode)];
    const { position } = await ann.ask<AckFrame>('publish', { message: `before ${mode}` });
    ann.client.send(`plain ${mode}`);
    expect(await bob.message(`plain ${mode}`)).toMatchObject({ position: position! + 1, from: expect.any(String) });
    await ann.message(`plain ${mode}`);
    expect(ann.frames.filter(({ type }) => type !== 'message')).toHaveLength(1);
  });

  test('a publisher\'s message gets a position, and is in the history with its own id', async () => {
    const ann = await server.join(mode);
    const { position } = await ann.ask<HistoryFrame>('history');
    await server.publish(mode, `from the backend of ${mode}`, { id: `order-${mode}` });
    expect(await ann.message(`from the backend of ${mode}`)).toEqual({
      type: 'message', id: `order-${mode}`, sentAt: expect.any(Number), message: `from the backend of ${mode}`, position: position + 1,
    });
    expect(textsOf(await ann.ask<HistoryFrame>('history', { limit: 1 }))).toEqual([`from the backend of ${mode}`]);
  });

  test('a client that was away gets what was sent meanwhile, in order, and nothing twice', async () => {
    const [ann, bob] = [await server.join(mode), await server.join(mode)];
    const { position, epoch } = await bob.ask<HistoryFrame>('history', { limit: 1 });
    await bob.client.close();
    const texts = Array.from({ length: 5 }, (_, nth) => `while ${mode} was away ${nth}`);
    for (const text of texts) await ann.ask('publish', { message: text });
    const again = await server.join(mode);
    const answer = await again.ask<HistoryFrame>('history', { since: position, epoch });
    expect(answer).toMatchObject({ type: 'history', epoch, recovered: true, more: false, position: position + 5 });
    expect(textsOf(answer)).toEqual(texts);
    expect(answer.messages.map((message) => message.position)).toEqual(texts.map((_, nth) => position + 1 + nth));
    expect(await again.ask<HistoryFrame>('history', { since: position + 5, epoch })).toMatchObject({ recovered: true, more: false, messages: [] });
    expect(await again.ask<HistoryFrame>('history', { since: position, epoch: 'another' })).toMatchObject({ recovered: false, messages: [], epoch });
  });

  test('pages forwards by limit, and backwards by before', async () => {
    const ann = await server.join(mode);
    const { position, epoch } = await ann.ask<HistoryFrame>('history');
    for (let nth = 1; nth <= 5; nth++) await ann.ask('publish', { message: `page ${mode} ${nth}` });
    const first = await ann.ask<HistoryFrame>('history', { since: position, epoch, limit: 3 });
    expect(first).toMatchObject({ position: position + 3, more: true, recovered: true });
    const second = await ann.ask<HistoryFrame>('history', { since: first.position, epoch, limit: 3 });
    expect(second).toMatchObject({ position: position + 5, more: false });
    expect([...textsOf(first), ...textsOf(second)]).toEqual([1, 2, 3, 4, 5].map((nth) => `page ${mode} ${nth}`));
    const back = await ann.ask<HistoryFrame>('history', { before: position + 4, epoch, limit: 2 });
    expect(textsOf(back)).toEqual([2, 3].map((nth) => `page ${mode} ${nth}`));
  });

  test('a repeated message keeps its id and position, also on another connection of the session, and never takes another\'s', async () => {
    const [ann, bob] = [await server.join(mode), await server.join(mode)];
    const members = { message: `once ${mode}`, session: `session-of-${mode}-0123456789`, ref: `kept-${mode}` };
    const sendAs = async (who: typeof ann, extra: object = {}) => {
      const before = who.frames.length;
      who.client.send(JSON.stringify({ action: 'publish', ...members, ...extra }));
      return eventually(() => who.frames.slice(before).find((frame): frame is AckFrame => frame.type === 'ack'));
    };
    const ack = await sendAs(ann);
    expect(await sendAs(bob, { again: true, message: 'another text' })).toMatchObject({ id: ack.id, position: ack.position });
    const other = await sendAs(bob, { again: true, session: `session-of-others-${mode}-0123456789` });
    expect(other.id).not.toBe(ack.id);
    expect(other.position).toBeGreaterThan(ack.position!);
    const positions = await eventually(() => {
      const all = ann.messages.filter(({ message }) => message === members.message).map(({ position }) => position);
      return all.length === 3 && all;
    });
    expect(ann.messages.filter(({ id }) => id === ack.id)).toEqual([ann.messages[0], ann.messages[0]]);
    expect(positions.sort()).toEqual([ack.position, ack.position, other.position].sort());
  });

  test('every action that cannot be done is answered with its error code', async () => {
    const ann = await server.join(mode);
    const code = async (action: string, members: object) => (await ann.ask<ErrorFrame>(action, members)).code;
    expect(await code('publish', {})).toBe('bad_request');
    expect(await code('publish', { message: '' })).toBe('bad_request');
    expect(await code('publish', { message: 'x', session: 'short' })).toBe('bad_request');
    expect(await code('publish', { message: 'x', channel: 'room' })).toBe('unknown_channel');
    expect(await code('publish', { message: 'x'.repeat(24 * 1024) })).toBe('too_large');
    expect(await code('history', { since: 1, before: 2 })).toBe('bad_request');
    expect(await code('history', { channel: 'room' })).toBe('unknown_channel');
    ann.client.send('{"action":"publish","message":"no ref"}');
    const frame = await eventually(() => ann.frames.find((each): each is ErrorFrame => each.type === 'error' && each.ref === undefined));
    expect(frame.code).toBe('bad_request');
    expect(ann.messages).toEqual([]);
  });
});

test('a publisher\'s message in another format ends in the dead-letter queue, and takes no position', async () => {
  const ann = await server.join('queued');
  const { position } = await ann.ask<HistoryFrame>('history');
  await server.publish('queued', 'raw, but why', { format: 'RAW' });
  const sqs = queuesClient(server.local.sqsEndpoint);
  await eventually(async () => {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: server.queueUrl('queued', 'DeadLetterQueue') }));
    return Messages.some(({ Body }) => Body === 'raw, but why');
  }, 50_000);
  sqs.destroy();
  expect(await ann.ask<HistoryFrame>('history')).toMatchObject({ position });
  expect(ann.messages).toEqual([]);
}, 60_000);

/** Writes a log whose only message was sent two hours ago. */
async function plantOldLog(): Promise<{ epoch: string }> {
  const epoch = 'planted';
  const table = new HistoryTable(server.database, server.historyTable('aged'));
  const old = Date.now() - 2 * 60 * 60 * 1_000;
  await table.createOrigin(ALL_CONNECTIONS, epoch, old);
  await table.reserve(ALL_CONNECTIONS, 1, old, 3_600);
  const ttl = Math.ceil(Date.now() / 1_000) + 600;
  await table.fill({ channel: ALL_CONNECTIONS, epoch }, { position: 1, at: old, ttl, before: old, message: { id: 'old', sentAt: old, text: 'long ago' } });
  return { epoch };
}

test('a client that was away for longer than the retention gets recovered false, and no part of what it missed', async () => {
  const { epoch } = await plantOldLog();
  const ann = await server.join('aged');
  await ann.ask('publish', { message: 'just now' });
  expect(await ann.ask<HistoryFrame>('history', { since: 0, epoch })).toMatchObject({ recovered: false, messages: [], position: 2 });
  expect(textsOf(await ann.ask<HistoryFrame>('history', { since: 1, epoch }))).toEqual(['just now']);
  expect(textsOf(await ann.ask<HistoryFrame>('history', { since: 0, epoch, limit: 10 }))).toEqual(['just now']);
  await eventually(() => server.printed().includes(`"${HISTORY_METRIC.unrecovered}":1`));
});

test('a client that missed more than is kept gets recovered false', async () => {
  const ann = await server.join('few');
  const { position, epoch } = await ann.ask<HistoryFrame>('history');
  for (let nth = 1; nth <= 4; nth++) await ann.ask('publish', { message: `few ${nth}` });
  expect(await ann.ask<HistoryFrame>('history', { since: position, epoch })).toMatchObject({ recovered: false });
  expect(textsOf(await ann.ask<HistoryFrame>('history', { since: position + 1, epoch }))).toEqual(['few 2', 'few 3', 'few 4']);
});

test('every action over the rate gets an error, and a repetition counts ten times', async () => {
  const ann = await server.join('slow');
  expect(await ann.ask('publish', { message: 'first', again: true })).toMatchObject({ type: 'ack' });
  expect(await ann.ask('publish', { message: 'second' })).toMatchObject({ type: 'ack' });
  expect(await ann.ask('publish', { message: 'third', again: true })).toMatchObject({ type: 'error', code: 'rate_exceeded' });
  const answers = await Promise.all(Array.from({ length: 8 }, () => ann.ask<ErrorFrame>('history')));
  expect(answers.filter(({ code }) => code === 'rate_exceeded')).toHaveLength(7);
});

test('a client that may not publish can still read the history', async () => {
  const [ann, bob] = [await server.join('closed', '?may=news'), await server.join('closed', '?may=news,*')];
  expect(await ann.ask('publish', { message: 'no' })).toMatchObject({ type: 'error', code: 'forbidden' });
  expect(await ann.ask('history')).toMatchObject({ type: 'history', recovered: true, messages: [] });
  expect(await bob.ask('publish', { message: 'yes' })).toMatchObject({ type: 'ack', position: 1 });
});
