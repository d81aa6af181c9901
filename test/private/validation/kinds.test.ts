import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Duration, Lazy, Size, Stack } from 'aws-cdk-lib';
import { DomainName } from 'aws-cdk-lib/aws-apigatewayv2';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { UserPool, type UserPoolClient } from 'aws-cdk-lib/aws-cognito';
import { ROOT } from '../../../harness/root';
import {
  BroadcastWebSocketApi, type BroadcastWebSocketApiProps, ChannelAccess, FanOut, MessageRateLimit, TokenSource, WebSocketJwtAuthorizer,
} from '../../../src';
import { newApi, newStack, templateOf } from '../../construct-fixture';

/*
 * Walks the jsii assembly: each object parameter of the public API gets null, a token and other values, and each primitive gets null. Each is
 * refused with an error of this library that names the place.
 */

interface TypeReference {
  readonly primitive?: string;
  readonly fqn?: string;
  readonly collection?: { readonly kind: string; readonly elementtype: TypeReference };
}
interface Parameter { readonly name: string; readonly type: TypeReference; readonly optional?: boolean; readonly variadic?: boolean }
interface Method { readonly name: string; readonly static?: boolean; readonly parameters?: readonly Parameter[] }
interface Type {
  readonly fqn: string;
  readonly name: string;
  readonly kind: string;
  readonly datatype?: boolean;
  readonly base?: string;
  readonly interfaces?: readonly string[];
  readonly properties?: readonly { readonly name: string; readonly type: TypeReference; readonly optional?: boolean }[];
  readonly methods?: readonly Method[];
  readonly initializer?: { readonly parameters?: readonly Parameter[] };
}

const { types } = JSON.parse(readFileSync(join(ROOT, '.jsii'), 'utf8')) as { types: Record<string, Type> };
const OURS = 'cdk-broadcast-websocket-api.';

function propertiesOf(fqn: string): NonNullable<Type['properties']> {
  const { properties = [], interfaces = [] } = types[fqn];
  return [...properties, ...interfaces.filter((each) => each in types).flatMap(propertiesOf)];
}

const isEnum = ({ fqn }: TypeReference) => fqn !== undefined && (types[fqn]?.kind === 'enum' || ENUMS.test(fqn));
/** Enums of aws-cdk-lib: primitives. */
const ENUMS = /\.(RemovalPolicy|RetentionDays|Tracing|Unit|SubnetType)$/;
const isPrimitive = (type: TypeReference) => type.primitive !== undefined && type.primitive !== 'any' ? true : isEnum(type);

/** Values of a wrong type, by the name that an error uses. */
function wrongFor(type: TypeReference): [string, unknown][] {
  if (isPrimitive(type)) return [['null', null]];
  const wrong: [string, unknown][] = [['null', null], ['a token', Lazy.any({ produce: () => 'late' })], ['a token', Lazy.string({ produce: () => 'late' })], ['5', 5], ["'x'", 'x']];
  if (type.collection?.kind === 'array') {
    const { elementtype } = type.collection;
    return [...wrong, ['{}', {}], ['null', [null]], ...isPrimitive(elementtype) ? [] : [['5', [5]], ['{}', [{}]]] as [string, unknown][]];
  }
  const isStruct = type.collection !== undefined || STRUCTS.test(type.fqn!) || types[type.fqn!]?.datatype === true;
  return isStruct ? [...wrong, ['[]', []]] : [...wrong, ['{}', {}], ['[]', []], ['a function', () => 5]];
}
/** Structs of aws-cdk-lib. */
const STRUCTS = /\.(DomainMappingOptions|ThrottleSettings|SubnetSelection|MetricOptions|WebSocketRouteAuthorizerBindOptions)$/;

type Give = (value: unknown) => unknown;
type Place = [place: string, name: string, type: TypeReference, give: Give];

const ISSUER = { issuer: 'https://login.example.com', audience: ['chat'] };
const attributes = { webSocketApiId: 'abcde12345' };
const build = (props: unknown) => new BroadcastWebSocketApi(newStack(), 'Api', props as never);
/** An API and an authorizer's user pool that are reused for many calls: a refused call changes nothing. */
let shared: BroadcastWebSocketApi | undefined;
const someApi = () => shared ??= newApi();
let users: [UserPool, UserPoolClient[]] | undefined;
const pool = (): [UserPool, UserPoolClient[]] => {
  if (users) return users;
  const userPool = new UserPool(newStack(), 'Users');
  return users = [userPool, [userPool.addClient('Page')]];
};

const addChannels = ([pattern = 'room:*', options]: unknown[]) =>
  newApi(() => ({ publishAccess: ChannelAccess.anyone() })).addChannels(pattern as never, options as never);

/** Returns the members of a struct, including those of nested structs. */
function membersOf(struct: string, give: Give, path = '', place = struct.replace(OURS, '')): Place[] {
  return propertiesOf(struct).flatMap(({ name, type }): Place[] => {
    const giveMember: Give = (value) => give({ [name]: value });
    const nested = type.fqn && types[type.fqn]?.datatype ? membersOf(type.fqn, giveMember, `${path}${name}.`, `${place}.${name}`) : [];
    return [[`${place}.${name}`, `${path}${name}`, type, giveMember], ...nested];
  });
}

const STRUCTS_GIVEN: Record<string, Give> = {
  AccessLogOptions: (accessLogs) => build({ accessLogs }),
  AlarmOverrides: (failedDeliveries) => someApi().addAlarms({ failedDeliveries } as never),
  BroadcastAlarmsOptions: (options) => someApi().addAlarms(options as never),
  BroadcastDashboardOptions: (options) => someApi().addDashboard(options as never),
  BroadcastWebSocketApiAttributes: (given) =>
    BroadcastWebSocketApi.fromBroadcastWebSocketApiAttributes(newStack(), 'Api', { ...attributes, ...given as object }),
  BroadcastWebSocketApiProps: build,
  ChannelOptions: (options) => addChannels(['room:*', options]),
  ClaimAccessOptions: (options) => ChannelAccess.claim('scope', options as never),
  CognitoAuthorizerOptions: (options) => WebSocketJwtAuthorizer.cognito(pool()[0], pool()[1], options as never),
  DirectFanOutOptions: (options) => FanOut.direct(options as never),
  HandlerOptions: (messageHandlerOptions) => build({ messageHandlerOptions }),
  HistoryOptions: (history) => build({ history }),
  JwtAuthorizerOptions: (options) => new WebSocketJwtAuthorizer({ ...ISSUER, ...options as object }),
  PresenceOptions: (presence) => addChannels(['room:*', { presence }]),
  QueuedFanOutOptions: (options) => FanOut.queued(options as never),
  WebSocketJwtAuthorizerProps: (options) => new WebSocketJwtAuthorizer({ ...ISSUER, ...options as object }),
};
const PREFIXES: Record<string, string> = {
  AccessLogOptions: 'accessLogs.',
  AlarmOverrides: 'failedDeliveries.',
  HandlerOptions: 'messageHandlerOptions.',
  HistoryOptions: 'history.',
  PresenceOptions: 'presence.',
};

const structs = Object.values(types).filter(({ datatype }) => datatype);

/** Calls each method with one wrong argument; the others are right. */
const ARGUMENTS: Record<string, (args: unknown[]) => unknown> = {
  'BroadcastWebSocketApi': ([scope = newStack(), id = 'Api', props]) => new BroadcastWebSocketApi(scope as never, id as never, props as never),
  'BroadcastWebSocketApi.fromBroadcastWebSocketApiAttributes': ([scope = newStack(), id = 'Api', attrs = attributes]) =>
    BroadcastWebSocketApi.fromBroadcastWebSocketApiAttributes(scope as never, id as never, attrs as never),
  'WebSocketJwtAuthorizer': ([props = ISSUER]) => new WebSocketJwtAuthorizer(props as never),
  'WebSocketJwtAuthorizer.cognito': ([userPool = pool()[0], clients = pool()[1], options]) => WebSocketJwtAuthorizer.cognito(userPool as never, clients as never, options as never),
  'WebSocketJwtAuthorizer.bind': ([options]) => new WebSocketJwtAuthorizer(ISSUER).bind(options as never),
  'BroadcastAlarms.addAlarmAction': (args) => newApi().addAlarms().addAlarmAction(...args as never[]),
  'ChannelAccess.claim': ([key = 'scope', options]) => ChannelAccess.claim(key as never, options as never),
  'FanOut.direct': ([options]) => FanOut.direct(options as never),
  'FanOut.queued': ([options]) => FanOut.queued(options as never),
  'MessageRateLimit.perSecond': ([rate = 10, burst]) => MessageRateLimit.perSecond(rate as never, burst as never),
  'BroadcastWebSocketApiGrants.publish': ([grantee]) => someApi().grants.publish(grantee as never),
  'BroadcastWebSocketApiGrants.manageConnections': ([grantee]) => someApi().grants.manageConnections(grantee as never),
  'BroadcastWebSocketApiGrants.disconnect': ([grantee]) => someApi().grants.disconnect(grantee as never),
  'BroadcastWebSocketApiGrants.readMembers': ([grantee]) => someApi().grants.readMembers(grantee as never),
  'BroadcastWebSocketApi.addChannels': addChannels,
  'BroadcastWebSocketApi.metric': ([name = 'Delivered', props]) => someApi().metric(name as never, props as never),
  'IBroadcastMetrics.metric': ([name = 'Delivered', props]) => someApi().metric(name as never, props as never),
  'TokenSource.queryString': ([name]) => TokenSource.queryString(name as never),
};
const METHODS_OF_API = Object.fromEntries([...types[`${OURS}IBroadcastWebSocketApi`].methods!, ...types[`${OURS}IBroadcastMetrics`].methods!,
  ...types[`${OURS}BroadcastWebSocketApi`].methods!.filter((method) => !method.static)]
  .map(({ name }) => [name, (args: unknown[]) => (someApi() as unknown as Record<string, (...args: unknown[]) => unknown>)[name](...args)]));

function callers(): [string, Parameter, number, (args: unknown[]) => unknown][] {
  return Object.values(types).filter(({ kind, datatype }) => kind !== 'enum' && !datatype).flatMap(({ name, kind, initializer, methods = [] }) => {
    const called = [...(initializer?.parameters ? [{ name: '', parameters: initializer.parameters }] : []), ...methods];
    return called.flatMap(({ name: method, parameters = [] }) => {
      const id = method ? `${name}.${method}` : name;
      const call = ARGUMENTS[id] ?? (name.endsWith('Api') || kind === 'interface' ? METHODS_OF_API[method] : undefined);
      return parameters.map((parameter, index): [string, Parameter, number, (args: unknown[]) => unknown] => {
        if (!call) throw new Error(`${id} is called nowhere in this test: add it to ARGUMENTS`);
        return [`${id}(${parameter.name})`, parameter, index, call];
      });
    });
  });
}

/** Expects an error of this library: it names the place, and has the rule, the value and the fix. */
function expectRefused(give: () => unknown, name: string, got: string): void {
  let error: Error | undefined;
  try {
    give();
  } catch (thrown) {
    error = thrown as Error;
  }
  expect(error?.constructor).toBe(Error);
  const [, named, , value, fix] = /^'([^']*)' (must|has)\b[^]*?, got ([^]*?)(?:; |$)([^]*)$/.exec(error!.message) ?? [];
  expect([named?.replace(/\[0\]$/, ''), value]).toEqual([name, got]);
  expect(fix.length).toBeGreaterThan(10);
}

describe('a member of', () => {
  test('every struct of the package is tried', () => {
    expect(structs.map(({ name }) => name).sort()).toEqual(Object.keys(STRUCTS_GIVEN).sort());
  });

  const places = structs.flatMap(({ fqn, name }) => membersOf(fqn, STRUCTS_GIVEN[name], PREFIXES[name] ?? ''));

  test.each(places)('%s is refused when it is something else', (_place, name, type, give) => {
    for (const [got, value] of wrongFor(type)) expectRefused(() => give(value), name, got);
  }, 60_000);
});

describe('the fix that an error names works for', () => {
  const spans = structs.flatMap(({ fqn, name }) => membersOf(fqn, STRUCTS_GIVEN[name], PREFIXES[name] ?? '')).filter(([, , { fqn }]) => /\.(Duration|Size)$/.test(fqn ?? ''));

  /** Returns the parts of the error; undefined if there is none, or if it is about something else. */
  const fixOf = (name: string, give: () => unknown): [string, string, string] | undefined => {
    try {
      give();
      // It contains the given values.
      shared = undefined;
      return undefined;
    } catch (error) {
      const [, named] = /^'([^']*)'/.exec((error as Error).message) ?? [];
      if (named !== name) return undefined;
      return /\b(Duration|Size)\.(\w+)\((\d+)\)/.exec((error as Error).message)?.slice(1, 4) as [string, string, string] | undefined;
    }
  };

  test.each(spans)('%s', (_place, name, { fqn }, give) => {
    const isSize = fqn!.endsWith('Size');
    const extremes = isSize ? [Size.mebibytes(100), Size.bytes(0)] : [Duration.days(400), Duration.millis(1)];
    for (const wrong of [5, null, ...extremes]) {
      const [type, unit, amount] = fixOf(name, () => give(wrong)) ?? [];
      // An extreme value may be valid, or be refused without an example.
      if (type === undefined && typeof wrong === 'object' && wrong !== null) continue;
      const spanOf = (type === 'Size' ? Size : Duration) as unknown as Record<string, (amount: number) => unknown>;
      const fix = spanOf[unit!](Number(amount));
      expect([wrong, fixOf(name, () => give(fix))]).toEqual([wrong, undefined]);
    }
  });
});

describe('an argument of', () => {
  test.each(callers())('%s is refused when it is something else', (_place, { name, type, variadic }, index, call) => {
    // The constructs library checks the id itself.
    if (name === 'id') return;
    for (const [got, value] of wrongFor(type)) {
      const args: unknown[] = [];
      args[index] = value;
      expectRefused(() => call(args), variadic ? `${name}` : name, got);
    }
  }, 60_000);
});

/* Members of structs of aws-cdk-lib. */
const domainOf = (stack: Stack) => new DomainName(stack, 'Domain', {
  domainName: 'chat.example.com', certificate: Certificate.fromCertificateArn(stack, 'Certificate', 'arn:aws:acm:eu-west-1:111111111111:certificate/x'),
});
test.each<[string, Give, unknown[]]>([
  ['domainMapping.domainName', (domainName) => build({ domainMapping: { domainName } }), [null, undefined, 5, 'x', {}]],
  ['domainMapping.mappingKey', (mappingKey) => newApi((stack) => ({ domainMapping: { domainName: domainOf(stack), mappingKey: mappingKey as never } })), [null]],
  ['throttle.rateLimit', (rateLimit) => build({ throttle: { rateLimit } }), [null]],
  ['throttle.burstLimit', (burstLimit) => build({ throttle: { burstLimit } }), [null]],
  ['messageHandlerOptions.vpcSubnets.subnets', (subnets) => build({ messageHandlerOptions: { vpcSubnets: { subnets } } }), [null, 5, {}, 'x', [null], [{}]]],
  ['messageHandlerOptions.vpcSubnets.subnetFilters', (subnetFilters) => build({ messageHandlerOptions: { vpcSubnets: { subnetFilters } } }), [null, 5, [{}]]],
  ['period', (period) => newApi().metricDelivered({ period: period as never }), [null, 5, 'x', {}]],
  ['dimensionsMap', (dimensionsMap) => newApi().metricClientError({ dimensionsMap: dimensionsMap as never }), [null, 5, 'x', []]],
  ['route', (route) => new WebSocketJwtAuthorizer(ISSUER).bind({ route, scope: newStack() } as never), [null, undefined, 5, {}]],
])('%s is refused when it is something else', (name, give, values) => {
  for (const value of values) {
    const item = Array.isArray(value) && value.length > 0 ? value[0] : value;
    const got = item === undefined ? 'none' : item === 'x' ? "'x'" : typeof item === 'object' ? JSON.stringify(item) : String(item);
    expectRefused(() => give(value), name, got);
  }
});

describe('a number that is a token', () => {
  const NUMBER = 7;
  /** Some versions of aws-cdk-lib refuse less memory. */
  const MEGABYTES = 777;
  const late = (number = NUMBER) => Lazy.number({ produce: () => number });
  const seconds = () => Duration.seconds(late());
  const handler = (options: object) => ({
    connectionHandlerOptions: options, messageHandlerOptions: options, deliveryHandlerOptions: options, fanOut: FanOut.queued(),
  });

  test.each<[string, () => BroadcastWebSocketApiProps, number, number?]>([
    ['memorySize', () => handler({ memorySize: late(MEGABYTES) }), 3, MEGABYTES],
    ['timeout', () => handler({ timeout: seconds() }), 3],
    ['reservedConcurrentExecutions', () => handler({ reservedConcurrentExecutions: late() }), 3],
    ['logRetention', () => handler({ logRetention: late() }), 3],
    ['connectionTtl', () => ({ connectionTtl: seconds() }), 1],
    ['deliveryRateLimit', () => ({ deliveryRateLimit: late() }), 1],
    ['throttle', () => ({ throttle: { rateLimit: late(), burstLimit: late() } }), 2],
    ['maxMessageSize', () => ({ maxMessageSize: Size.bytes(late()) }), 1],
    ['messageRateLimit', () => ({ messageRateLimit: MessageRateLimit.perSecond(late(), late()) }), 2],
    ['workers', () => ({ fanOut: FanOut.queued({ workers: late() }) }), 2],
    ['maxInFlight', () => ({ fanOut: FanOut.direct({ maxInFlight: late() }) }), 1],
    ['maxAge', () => ({ fanOut: FanOut.queued({ maxAge: seconds() }) }), 1],
  ])('%s reaches the template', (_what, propsOf, places, number = NUMBER) => {
    const template = JSON.stringify(templateOf(newApi(propsOf)).toJSON());
    expect(template.match(new RegExp(`:"?${number}"?[,}]`, 'g'))).toHaveLength(places);
  });

  test('reaches the alarms', () => {
    const api = newApi();
    api.addAlarms({ clientErrors: { threshold: late(), evaluationPeriods: late(), datapointsToAlarm: late() } });
    const alarm = Object.values(templateOf(api).findResources('AWS::CloudWatch::Alarm')).find(({ Properties }) => Properties.Threshold === NUMBER);
    expect(alarm?.Properties).toMatchObject({ EvaluationPeriods: NUMBER, DatapointsToAlarm: NUMBER });
  });

  const minutes = () => Duration.minutes(late());
  test.each<[string, Give, string]>([
    ['connectionTtl', () => build({ connectionTtl: minutes() }), 'minutes'],
    ['messageHandlerOptions.timeout', () => build({ messageHandlerOptions: { timeout: minutes() } }), 'minutes'],
    ['maxAge', () => FanOut.queued({ maxAge: minutes() }), 'minutes'],
    ['maxMessageSize', () => build({ maxMessageSize: Size.kibibytes(late()) }), 'another unit'],
    ['defaultInterval', () => newApi().addDashboard({ defaultInterval: seconds() }), 'a token'],
    ['burst', () => MessageRateLimit.perSecond(late()), 'none'],
  ])('%s is refused where it cannot be converted', (name, give, got) => expectRefused(() => give(undefined), name, got));
});

describe('what an error shows of a value', () => {
  const circular: unknown[] = [];
  circular.push(circular);
  test.each<[string, unknown, string]>([
    ['a construct', newStack(), `a ${Stack.name}`], ['a list that holds itself', circular, 'an array'], ['a list of constructs', [newStack()], 'an array'],
    ['an object without a prototype', Object.create(null), '{}'], ['a symbol', Symbol('x'), 'Symbol(x)'], ['a big number', { big: 1n }, 'an object'],
    ['something long', { text: 'x'.repeat(200) }, 'an object'],
  ])('%s', (_what, value, got) => expectRefused(() => build({ fanOut: value }), 'fanOut', got));
});
