import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { proseOf } from './pages';
import { DEFAULT_PACING } from '../../lambda-src/core/pacer';
import { ChannelAccess, FanOut, MessageFormat, WebSocketJwtAuthorizer } from '../../src';
import { BOUND, DEFAULT, ENV, QUOTA, TUNING } from '../../src/private/contract';
import { environmentOf, newApi, resourceOf, resourcesOf, statementsOf } from '../construct-fixture';

/* The numbers in the text of the README and the recipes, compared with synthesis and contract. The others are generated, or linked. */

const readme = proseOf('README.md').replace(/\s+/g, ' ');
const recipes = proseOf('docs/recipes.md').replace(/\s+/g, ' ');
const api = newApi();
const queued = newApi(() => ({ fanOut: FanOut.queued() }));
const deliveryHandler = queued.node.findAll().find((each): each is LambdaFunction => each instanceof LambdaFunction
  && ENV.chunkQueueArn in environmentOf(each))!;

/** An API with handlers for presence and disconnects. */
function layeredApi() {
  const layered = newApi(() => ({
    messageFormat: MessageFormat.ENVELOPE,
    publishAccess: ChannelAccess.nobody(),
    authorizer: new WebSocketJwtAuthorizer({ issuer: 'https://login.example.com', audience: ['chat'] }),
    allowedOrigins: ['https://app.example.com'],
    userIdKey: 'sub',
  }));
  layered.addChannels('room:*', { presence: {} });
  void layered.disconnectQueue;
  return layered;
}

const count = (value: number) => value.toLocaleString('en');
const kibibytes = (bytes: number) => bytes / 1024;

function memoryOf(handler: LambdaFunction): string {
  return `${count(resourceOf(handler).Properties.MemorySize as number)} MB`;
}

function row(start: string): string {
  return readme.slice(readme.indexOf(`| ${start}`)).split(' | ').slice(0, 3).join(' | ');
}

describe('what it creates', () => {
  const functions = [api.connectionHandler, api.messageHandler, deliveryHandler].map((handler) => resourceOf(handler as LambdaFunction).Properties);

  test('functions of the memory, the runtime and the architecture that it says', () => {
    const layered = layeredApi();
    expect(row('connection handler')).toContain(`(Lambda, ${memoryOf(api.connectionHandler as LambdaFunction)})`);
    expect(row('message handler')).toContain(`(Lambda, ${memoryOf(api.messageHandler as LambdaFunction)})`);
    expect(row('with `FanOut.queued`')).toContain(`(Lambda, ${memoryOf(deliveryHandler)})`);
    expect(row('with `presence`')).toContain(`(Lambda, ${memoryOf(layered.node.findChild('PresenceHandler') as LambdaFunction)})`);
    expect(row('once `disconnectQueue`')).toContain(`(Lambda, ${memoryOf(layered.disconnectHandler)})`);
    expect(readme).toContain('The functions run on Node.js 24 and arm64');
    expect(functions.map(({ Runtime, Architectures }) => [Runtime, Architectures])).toEqual(Array(3).fill(['nodejs24.x', ['arm64']]));
  });

  test.each([
    ['connection handler', api.connectionHandler], ['message handler', api.messageHandler],
  ])('permissions of the %s, on the table and on connections', (name, handler) => {
    const verbs = statementsOf(handler as LambdaFunction).map(({ Action }) => String(Action)).filter((action) => /^(dynamodb|execute-api):/.test(action));
    const told = [...row(name).matchAll(/`([A-Z]\w+)`/g)].map(([, verb]) => verb === 'POST' ? 'execute-api:ManageConnections' : `dynamodb:${verb}`);
    expect([...new Set(told)].sort()).toEqual([...new Set(verbs)].sort());
  });

  test('a stage, and logs, that are limited as it says', () => {
    const [{ StageName, DefaultRouteSettings, AutoDeploy }] = resourcesOf(api, 'AWS::ApiGatewayV2::Stage').map(({ Properties }) => Properties);
    expect(row('API Gateway WebSocket API')).toContain(`stage \`${StageName}\` | changes are deployed automatically; ${DefaultRouteSettings.ThrottlingRateLimit} requests per second`);
    expect(AutoDeploy).toBe(true);
    const logGroups = resourcesOf(api, 'AWS::Logs::LogGroup');
    expect(row('two log groups')).toContain('one month');
    expect(logGroups.map(({ Properties }) => Properties.RetentionInDays)).toEqual([30, 30]);
  });

  test('three queues with a fan-out, and none without', () => {
    expect(row('with `FanOut.queued`')).toContain('two queues, a dead-letter queue and');
    expect([api, queued].map((each) => resourcesOf(each, 'AWS::SQS::Queue').length)).toEqual([0, 3]);
  });
});

test('defaults and bounds of the properties', () => {
  const throttle = count(DEFAULT.throttle);
  const pacing = DEFAULT_PACING.maxBacklogMillis / 1000;
  expect(row('`throttle`')).toContain(`${throttle} per second, ${throttle} at once`);
  expect(row('`maxMessageSize`')).toContain(`${kibibytes(DEFAULT.messageBytes)} KiB`);
  expect(row('`maxMessageSize`')).toContain(`up to ${kibibytes(QUOTA.messageBytes)} KiB`);
  expect(row('`messageRateLimit`')).toContain(`${environmentOf(api.messageHandler as LambdaFunction)[ENV.messageRate]} per second, ${environmentOf(api.messageHandler as LambdaFunction)[ENV.messageBurst]} at once`);
  expect(row('`deliveryRateLimit`')).toContain(`over ${pacing} s for its turn is refused`);
  expect(row('`connectionTtl`')).toContain(`${DEFAULT.connectionTtlSeconds / 3600} hours`);
  expect(row('`connectionTtl`')).toContain(`at least 2 h ${BOUND.minConnectionTtlSeconds / 60 - 120} min, because a connection may live for ${QUOTA.connectionLifetimeSeconds / 3600} h`);
});

test('what one function delivers, and what a fan-out cuts', () => {
  const seconds = TUNING.messageHandlerTimeoutSeconds;
  const reach = (seconds - 1.5) * QUOTA.requestsPerSecond / 2; // 1.5 s are kept for deleting rows and for the report.
  expect(recipes).toContain(`At the default rate it delivers to about ${count(Math.floor(reach / 10_000) * 10_000)} connections within its ${seconds} seconds`);
  expect(recipes).toContain(`parts of ${TUNING.minChunkRecipients} to ${count(TUNING.chunkRecipients)} recipients`);
  expect(TUNING.queueReceives).toBe(3);
  expect(recipes).toContain('After three attempts it is in `deadLetterQueue`. A message that is older than five minutes is dropped');
  expect(DEFAULT.maxAgeSeconds).toBe(5 * 60);
});

test('limits of API Gateway, as the handlers take them', () => {
  const quota = count(QUOTA.requestsPerSecond);
  expect(readme).toContain(`after ${QUOTA.connectionLifetimeSeconds / 3600} hours, or after 10 idle minutes. Messages may have up to ${kibibytes(QUOTA.messageBytes)} KB, in frames of up to ${kibibytes(DEFAULT.messageBytes)} KB`);
  expect(readme).toContain(`serves ${quota} requests per second per account and region`);
  expect(readme).toContain(`a message to ${quota} clients takes at least a second`);
});
