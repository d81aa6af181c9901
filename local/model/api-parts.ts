import { messageOf } from '../errors';
import { numberOf, Properties } from '../template/properties';
import type { StackResource, StackScope } from '../template/stack-scope';

const PREFIX = 'AWS::ApiGatewayV2::';

/** A resource of API Gateway, with the scope for reading its properties. */
export interface ApiPart extends StackResource {
  readonly scope: StackScope;
  readonly properties: Properties;
}

export interface StageModel {
  readonly name: string;
  readonly path: string;
  readonly variables?: Readonly<Record<string, string>>;
  /** Throttle of routes without their own. */
  readonly throttle?: ThrottleModel;
  readonly routeThrottles?: Readonly<Record<string, ThrottleModel>>;
}

/** Rate limits of a route; a missing value is not limited here. */
export interface ThrottleModel {
  readonly rate?: number;
  readonly burst?: number;
}

/** Common members of WebSocket APIs and HTTP APIs. */
export interface ApiIdentity {
  readonly logicalId: string;
  readonly path: string;
  readonly apiId: string;
  readonly region: string;
  /** Host on AWS: `{api}.execute-api.{region}.amazonaws.com`. */
  readonly host: string;
  /** Prefix of every route's ARN: `arn:aws:execute-api:{region}:{account}:{api}`. */
  readonly arn: string;
}

type Settings = Readonly<Record<string, unknown>>;

export interface ApiWithParts {
  readonly api: ApiPart;
  readonly parts: readonly ApiPart[];
}

/** Returns the APIs of one kind, each with its parts, which may be in several stacks. */
export function partsOfApis(scopes: readonly StackScope[], isWanted: (api: ApiPart) => boolean): ApiWithParts[] {
  const partOf = (scope: StackScope, resource: StackResource): ApiPart => ({ ...resource, scope, properties: new Properties(scope, resource) });
  const parts = scopes.flatMap((scope) => scope.resources().filter(({ type }) => type.startsWith(PREFIX)).map((resource) => partOf(scope, resource)));
  const apis = parts.filter(({ type }) => type === `${PREFIX}Api`);
  return apis.filter(isWanted).map((api) => {
    const id = idOf(api);
    // In a stack with one API, parts that do not name their API belong to it.
    const isAlone = apis.filter(({ scope }) => scope === api.scope).length === 1;
    const isOurs = (part: ApiPart) => (apiIdOf(part, isAlone) ?? (isAlone && part.scope === api.scope ? id : undefined)) === id;
    return { api, parts: parts.filter((part) => part !== api && isOurs(part)) };
  });
}

/** Whether an API is a WebSocket API: HTTP APIs have no selection expression. */
export function isWebSocket({ properties }: ApiPart): boolean {
  return (properties.text('ProtocolType') ?? (properties.has('RouteSelectionExpression') ? 'WEBSOCKET' : '')) === 'WEBSOCKET';
}

export function identityOfApi({ scope, logicalId, path }: ApiPart): ApiIdentity {
  const { environment: { partition, region, account, urlSuffix } } = scope;
  const apiId = scope.identity(logicalId).ref;
  return {
    logicalId,
    path,
    apiId,
    region,
    host: `${apiId}.execute-api.${region}.${urlSuffix}`,
    arn: `arn:${partition}:execute-api:${region}:${account}:${apiId}`,
  };
}

/** Reads the parts of one API. */
export class ApiParts {
  constructor(private readonly parts: readonly ApiPart[], private readonly notices: string[]) {}

  stages(): StageModel[] {
    return this.ofType('Stage').map((part) => ({
      name: idOf(part),
      path: part.path,
      variables: variablesOf(part.properties),
      throttle: throttleOf(part.properties.object('DefaultRouteSettings')),
      routeThrottles: routeThrottlesOf(part.properties.object('RouteSettings')),
    }));
  }

  ofType(type: string): ApiPart[] {
    return this.parts.filter((part) => part.type === PREFIX + type);
  }

  find(type: string, id: string): ApiPart | undefined {
    return this.ofType(type).find((part) => idOf(part) === id);
  }

  /** Returns the read value; undefined, with a notice, when it is not available here. */
  available<T>({ path }: Pick<ApiPart, 'path'>, read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      this.notices.push(`${path}: ${messageOf(error)}`);
      return undefined;
    }
  }
}

export function idOf({ scope, logicalId }: ApiPart): string {
  return scope.identity(logicalId).ref;
}

/**
 * Returns the id of a part's API; undefined when it is unknown.
 *
 * @param isKnown whether another way identifies the API, so that no notice is needed
 */
function apiIdOf({ type, scope, logicalId }: ApiPart, isKnown: boolean): string | undefined {
  if (type === `${PREFIX}Api`) return undefined;
  const value = isKnown ? scope.read(logicalId, 'ApiId').value : scope.property(logicalId, 'ApiId');
  return typeof value === 'string' ? value : undefined;
}

/** Converts values to strings; those of other types become JSON. */
export function textsOf(values: Settings = {}): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]));
}

/** Returns the ARN of the function that an integration or an authorizer invokes, without a version or an alias. */
export function functionInUri(uri: string | undefined): string | undefined {
  return /arn:[^:]+:lambda:[^:]*:[^:]*:function:[^:/]+/.exec(uri ?? '')?.[0];
}

function variablesOf(properties: Properties): Readonly<Record<string, string>> | undefined {
  const variables = properties.object('StageVariables');
  return variables && textsOf(variables);
}

function routeThrottlesOf(settings: Settings = {}): Record<string, ThrottleModel> {
  const throttles = Object.entries(settings).map(([key, each]) => [key, throttleOf((each ?? {}) as Settings)] as const);
  return Object.fromEntries(throttles.filter((entry): entry is readonly [string, ThrottleModel] => entry[1] !== undefined));
}

function throttleOf({ ThrottlingRateLimit, ThrottlingBurstLimit }: Settings = {}): ThrottleModel | undefined {
  if (ThrottlingRateLimit === undefined && ThrottlingBurstLimit === undefined) return undefined;
  return { rate: numberOf(ThrottlingRateLimit), burst: numberOf(ThrottlingBurstLimit) };
}
