import { Duration, Lazy, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { BOUND, ENV } from '../../../src/private/contract';
import { environmentOf, expectRefused, newApi, newStack, resourceOf } from '../../construct-fixture';

const number = (value: number) => Lazy.number({ produce: () => value });
const text = (value: string) => Lazy.string({ produce: () => value });

describe('stageName', () => {
  test.each(['', '$default', 'a b', 'a/b', 'a.b', 'prod\n', 'é', 'x'.repeat(129)])('%j is refused', (stageName) => {
    expectRefused({ stageName }, `'stageName' must have 1 to 128 letters, digits, hyphens and underscores only, got '${stageName}'; `);
  });

  test.each(['p', 'Prod_2-b', 'x'.repeat(128)])('%j is accepted', (stageName) => {
    expect(resourceOf(newApi(() => ({ stageName })).stage).Properties.StageName).toBe(stageName);
  });

  test('a token is accepted', () => {
    const api = newApi(() => ({ stageName: text('late') }));
    expect(resourceOf(api.stage).Properties.StageName).toBe('late');
    expect(JSON.stringify(environmentOf(api.messageHandler)[ENV.callbackUrl])).toContain('/late');
  });
});

describe('apiName', () => {
  test.each([['', 0], ['x'.repeat(129), 129]])('%j is refused', (apiName, length) => {
    expectRefused({ apiName }, `'apiName' must have 1 to 128 characters, got ${length}: `);
  });

  test('a token is accepted', () => {
    expect(resourceOf(newApi(() => ({ apiName: text('late') })).webSocketApi).Properties.Name).toBe('late');
  });
});

describe('messageFormat', () => {
  test.each([['xml', "'xml'"], ['RAW', "'RAW'"], [1, '1'], [null, 'null']])('%j is refused', (format, got) => {
    expectRefused({ messageFormat: format as never }, `'messageFormat' must be one of MessageFormat.ATTRIBUTED, MessageFormat.RAW, MessageFormat.ENVELOPE, MessageFormat.BATCH, got ${got}; `);
  });
});

describe('deliveryRateLimit', () => {
  test('is left to the region by default', () => {
    expect(environmentOf(newApi().messageHandler)).not.toHaveProperty(ENV.deliveryRateLimit);
  });

  test.each([0, 0.5, -1, NaN, 1_000_001, Infinity])('%d is refused', (deliveryRateLimit) => {
    expectRefused({ deliveryRateLimit }, `'deliveryRateLimit' must be between 1 and 1000000 deliveries per second, got ${deliveryRateLimit}; `);
  });

  test.each([1, 2.5, 10_000])('%d is accepted, and told to the message handler', (deliveryRateLimit) => {
    const api = newApi(() => ({ deliveryRateLimit }));
    expect(environmentOf(api.messageHandler)[ENV.deliveryRateLimit]).toBe(String(deliveryRateLimit));
    Annotations.fromStack(Stack.of(api)).hasNoWarning('*', Match.anyValue());
  });

  test('above the default quota is warned of', () => {
    const api = newApi(() => ({ deliveryRateLimit: 10_001 }));
    Annotations.fromStack(Stack.of(api)).hasWarning('*', Match.stringLikeRegexp("'deliveryRateLimit' should be at most 10000, got 10001"));
  });

  test('that is a token is accepted', () => {
    const api = newApi(() => ({ deliveryRateLimit: number(700) }));
    expect(environmentOf(api.messageHandler)[ENV.deliveryRateLimit]).toBe('700');
  });
});

describe('connectionTtl', () => {
  test('below 2 hours and 5 minutes is refused', () => {
    const message = "'connectionTtl' must be at least 125 minutes, got 7499 seconds; a connection may live for 2 hours";
    expectRefused({ connectionTtl: Duration.seconds(BOUND.minConnectionTtlSeconds - 1) }, message);
  });

  test('of 2 hours and 5 minutes is accepted', () => {
    const api = newApi(() => ({ connectionTtl: Duration.minutes(125) }));
    expect(environmentOf(api.connectionHandler)[ENV.connectionTtlSeconds]).toBe('7500');
  });

  test('that is not a whole number of seconds is refused', () => {
    expectRefused({ connectionTtl: Duration.millis(9_000_500) }, "'connectionTtl' must be a whole number of seconds, got 9000.5; ");
  });

  test('that is a token is accepted', () => {
    const api = newApi(() => ({ connectionTtl: Duration.seconds(number(9000)) }));
    expect(environmentOf(api.connectionHandler)[ENV.connectionTtlSeconds]).toBe('9000');
  });

  test('that is a token in another unit is refused', () => {
    expectRefused({ connectionTtl: Duration.hours(number(3)) }, "'connectionTtl' must be in seconds when it is a token, got hours; a token cannot be converted: write Duration.seconds(…)");
  });
});

describe('removalPolicy', () => {
  test('SNAPSHOT is refused', () => {
    expectRefused({ removalPolicy: RemovalPolicy.SNAPSHOT }, "'removalPolicy' must not be SNAPSHOT");
  });
});

describe.each([
  ['connectionHandlerOptions', 'connectionHandler', 1, 10, 'a client waits so long to be let in: use Duration.seconds(10) or less'],
  ['messageHandlerOptions', 'messageHandler', 5, 28, 'API Gateway gives up after 29 s, and with less than 5 s there is no time to deliver: use Duration.seconds(28)'],
  ['deliveryHandlerOptions', 'deliveryHandler', 5, 30, 'a queue gives a part to another invocation after 90 s, and with less than 5 s there is no time to deliver: use Duration.seconds(30)'],
] as const)('%s', (prop, handler, minTimeout, maxTimeout, why) => {
  test('of a timeout that is a number shows how to write the longest', () => {
    expectRefused({ [prop]: { timeout: 10 } } as never, `'${prop}.timeout' must be a Duration, got 10; write Duration.seconds(${maxTimeout}), or how long it is`);
  });

  test.each([0, minTimeout - 1, minTimeout + 0.5, maxTimeout + 1])('a timeout of %d s is refused', (seconds) => {
    const message = `'${prop}.timeout' must be a whole number of seconds between ${minTimeout} and ${maxTimeout}, got ${seconds}; ${why}`;
    expectRefused({ [prop]: { timeout: Duration.millis(seconds * 1000) } }, message);
  });

  test.each([minTimeout, maxTimeout])('a timeout of %d s is accepted', (seconds) => {
    const api = newApi(() => ({ [prop]: { timeout: Duration.seconds(seconds) } }));
    expect(resourceOf(api[handler]).Properties.Timeout).toBe(seconds);
  });

  test('a retention of a given log group is refused', () => {
    const stack = newStack();
    const logGroup = new LogGroup(stack, 'Mine');
    expectRefused({ [prop]: { logGroup, logRetention: 7 } }, `'${prop}.logRetention' must be left out with its logGroup, got 7 days; `, stack);
  });

  test('subnets without their VPC are refused', () => {
    expectRefused({ [prop]: { vpcSubnets: {} } }, `'${prop}.vpc' must be set when its vpcSubnets or securityGroups are`);
  });

  test.each([127, 10_241, 256.5, NaN])('a memory of %d MB is refused', (memorySize) => {
    expectRefused({ [prop]: { memorySize } }, `'${prop}.memorySize' must be a whole number of MB between 128 and 10240, got ${memorySize}`);
  });

  test.each([-1, 1.5])('a concurrency of %d is refused', (reservedConcurrentExecutions) => {
    const message = `'${prop}.reservedConcurrentExecutions' must be a whole number of executions of at least ${prop === 'deliveryHandlerOptions' ? 6 : 0}, got ${reservedConcurrentExecutions}`;
    expectRefused({ [prop]: { reservedConcurrentExecutions } }, message);
  });

  test('tokens are accepted', () => {
    const options = { timeout: Duration.seconds(number(5)), memorySize: number(512), reservedConcurrentExecutions: number(3) };
    const api = newApi(() => ({ [prop]: options }));
    expect(resourceOf(api[handler]).Properties).toMatchObject({ Timeout: 5, MemorySize: 512, ReservedConcurrentExecutions: 3 });
  });
});

describe('reservedConcurrentExecutions', () => {
  test.each(['connectionHandlerOptions', 'messageHandlerOptions'])('of 0 in %s is warned of', (prop) => {
    const api = newApi(() => ({ [prop]: { reservedConcurrentExecutions: 0 } }));
    const name = prop === 'connectionHandlerOptions' ? 'ConnectionHandler' : 'MessageHandler';
    Annotations.fromStack(Stack.of(api)).hasWarning('*', Match.stringLikeRegexp(`'reservedConcurrentExecutions' should be more than 0, got 0 for the function '${name}'`));
  });

  test('of 1 is not', () => {
    const api = newApi(() => ({ connectionHandlerOptions: { reservedConcurrentExecutions: 1 } }));
    Annotations.fromStack(Stack.of(api)).hasNoWarning('*', Match.anyValue());
  });
});
