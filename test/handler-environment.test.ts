import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { environmentOf, newApi, resourceOf } from './construct-fixture';
import { BroadcastWebSocketApi, type BroadcastWebSocketApiProps, ChannelAccess, FanOut, MessageFormat, MessageRateLimit, TokenSource, WebSocketJwtAuthorizer } from '../src';

/* The bundle of each function reads every variable that the function gets. */

const LAMBDA_NODE = join(__dirname, '..', 'node_modules', 'node', 'bin', 'node');
/** Variables that Lambda sets. */
const RUNTIME = { AWS_REGION: 'eu-west-1', AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1024', AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x' };
/** Placeholder for values known only at deployment; an address, since some of them are addresses. */
const STAND_IN = 'https://stand-in.example.com/prod';
const UNKNOWN = 'NO_BUNDLE_READS_THIS';
/** Read by the log, which is created on first use. */
const READ_TO_LOG = 'POWERTOOLS_SERVICE_NAME';

const HISTORY: BroadcastWebSocketApiProps = { messageFormat: MessageFormat.ENVELOPE, history: { retention: Duration.hours(1), maxMessages: 100 } };

/** Loads a bundle, and prints the names of the variables that it has read. */
const LOADER = `
  const read = new Set();
  process.env = new Proxy({ ...process.env }, { get: (env, name) => (typeof name === 'string' && read.add(name), env[name]) });
  require(process.argv[1]);
  console.log(JSON.stringify([...read]));
`;

function bundleOf(handler: LambdaFunction): string {
  const stack = Stack.of(handler);
  const { directory } = (stack.node.root as App).synth();
  const { files } = JSON.parse(readFileSync(join(directory, `${stack.artifactId}.assets.json`), 'utf8'));
  const [hash] = resourceOf(handler).Properties.Code.S3Key.split('.');
  return join(directory, files[hash].source.path, 'index.js');
}

/** Variables that a bundle has read, by its text and its environment: many APIs have the same functions. */
const known = new Map<string, readonly string[]>();

function variablesReadBy(bundle: string, variables: Record<string, unknown>): readonly string[] {
  const env = Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, typeof value === 'string' ? value : STAND_IN]));
  const key = JSON.stringify([createHash('sha256').update(readFileSync(bundle)).digest('hex'), env]);
  const found = known.get(key);
  if (found) return found;
  const { stdout, stderr } = spawnSync(LAMBDA_NODE, ['-e', LOADER, bundle], { env: { ...RUNTIME, ...env }, encoding: 'utf8' });
  expect(stderr).toBe('');
  known.set(key, JSON.parse(stdout));
  return known.get(key)!;
}

const everything = (fanOut: FanOut, messageRateLimit?: MessageRateLimit): BroadcastWebSocketApiProps => ({
  fanOut,
  messageRateLimit,
  excludeSender: true,
  deliveryRateLimit: 100,
  connectionTtl: Duration.hours(4),
  allowedOrigins: ['https://app.example.com'],
  allowMissingOrigin: true,
  senderNameKey: 'nickname',
  publishAccess: ChannelAccess.claim('nickname', { patterns: true }),
  authorizer: new WebSocketJwtAuthorizer({
    issuer: 'https://login.example.com', audience: ['chat'], claims: ['nickname'], jwksUri: 'https://login.example.com/keys', tokenSource: TokenSource.queryString(),
  }),
});

const CHANNELS: BroadcastWebSocketApiProps = {
  messageFormat: MessageFormat.ENVELOPE,
  allowedOrigins: ['https://app.example.com'],
  userIdKey: 'sub',
  senderNameKey: 'nickname',
  connectionTtl: Duration.hours(4),
  deliveryRateLimit: 100,
  maxChannelsPerConnection: 5,
  logChannels: true,
};
const HOOKED: BroadcastWebSocketApiProps = { ...CHANNELS, publishAccess: ChannelAccess.claim('scope', { patterns: true }) };
const CLOSED: BroadcastWebSocketApiProps = { ...CHANNELS, publishAccess: ChannelAccess.nobody() };

/** Creates an API with channels, and everything that is created on first use. */
function withChannels(props: BroadcastWebSocketApiProps): BroadcastWebSocketApi {
  const api = newApi((stack) => ({
    ...props,
    authorizer: new WebSocketJwtAuthorizer({ issuer: 'https://login.example.com', audience: ['chat'] }),
    messageHook: LambdaFunction.fromFunctionArn(stack, 'Hook', 'arn:aws:lambda:eu-west-1:111122223333:function:moderate'),
  }));
  api.addChannels('room:*', { subscribeAccess: ChannelAccess.hook() });
  return api;
}

const handlersOf = (api: BroadcastWebSocketApi, { authorizer }: BroadcastWebSocketApiProps): LambdaFunction[] => [
  api.connectionHandler, api.messageHandler, api.deliveryHandler, ...(authorizer instanceof WebSocketJwtAuthorizer ? [authorizer.handler] : []),
];

test.each<[string, BroadcastWebSocketApiProps]>([
  ['no props', {}],
  ['a queue', { fanOut: FanOut.queued() }],
  ['every prop that is told to a function', everything(FanOut.direct({ maxInFlight: 8 }))],
  ['every such prop and a queue', everything(FanOut.queued({ workers: 8, maxInFlight: 8, maxAge: Duration.minutes(2) }))],
  ['a history', HISTORY],
  ['a history and a queue', { ...HISTORY, fanOut: FanOut.queued() }],
  ['a history for clients that only receive', { ...HISTORY, publishAccess: ChannelAccess.nobody() }],
  ['every such prop and a history', { ...everything(FanOut.direct({ maxInFlight: 8 })), excludeSender: false, ...HISTORY }],
  ['a queue and no message rate', everything(FanOut.queued(), MessageRateLimit.unlimited())],
])('with %s, each function reads every variable that it gets', (_what, props) => {
  expectAllRead(handlersOf(newApi(() => props), props));
}, 60_000);

test.each<[string, BroadcastWebSocketApiProps]>([
  ['direct delivery', { ...HOOKED, fanOut: FanOut.direct({ maxInFlight: 8 }) }],
  ['a queue', { ...HOOKED, fanOut: FanOut.queued({ workers: 8, maxInFlight: 8 }) }],
  ['a queue and no message rate', { ...HOOKED, fanOut: FanOut.queued(), messageRateLimit: MessageRateLimit.unlimited() }],
  ['a history', { ...HOOKED, ...HISTORY }],
  ['a history and a queue', { ...HOOKED, ...HISTORY, fanOut: FanOut.queued() }],
  ['no client that sends to all', CLOSED],
  ['a history, a queue and no client that sends to all', { ...CLOSED, ...HISTORY, fanOut: FanOut.queued() }],
])('with channels, a hook and %s, each function reads every variable that it gets', (_what, props) => {
  const api = withChannels(props);
  expectAllRead([...handlersOf(api, props), api.disconnectHandler]);
}, 60_000);

function expectAllRead(handlers: LambdaFunction[]): void {
  for (const handler of handlers) {
    const variables = environmentOf(handler);
    const bundle = bundleOf(handler);
    const read = [...variablesReadBy(bundle, { ...variables, [UNKNOWN]: 'x' })];
    if (readFileSync(bundle, 'utf8').includes(`"${READ_TO_LOG}"`)) read.push(READ_TO_LOG);
    expect([handler.node.id, Object.keys(variables).filter((name) => !read.includes(name))]).toEqual([handler.node.id, []]);
    expect(read).not.toContain(UNKNOWN);
  }
}
