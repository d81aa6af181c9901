import { LocalError } from '../errors';
import type { StackResource, StackScope } from '../template/stack-scope';

const PREFIX = 'AWS::ApiGatewayV2::';

/** What a route does with an event. */
export type IntegrationModel =
  | { readonly type: 'lambda'; readonly functionName: string; /** If it is shorter than API Gateway's own. */ readonly timeoutMillis?: number }
  | MockIntegrationModel
  | { readonly type: 'unsupported'; readonly what: string };

export type Templates = Readonly<Record<string, string>>;

/** Answers by itself. */
export interface MockIntegrationModel {
  readonly type: 'mock';
  readonly requestTemplates: Templates;
  readonly requestSelection?: string;
  readonly responses: readonly MockResponse[];
  /** Gives the key of the response, out of the {@link STATUS_VARIABLE}. */
  readonly responseSelection?: string;
}

export const STATUS_VARIABLE = 'integration.response.statuscode';

export interface MockResponse {
  readonly key: string;
  readonly templates: Templates;
  readonly selection?: string;
}

export interface RouteModel {
  readonly key: string;
  readonly path: string;
  /** Absent when the route has no target. */
  readonly integration?: IntegrationModel;
  /** Whether what the integration returns is sent to the client. */
  readonly returnsResponse: boolean;
  /** `NONE`, `CUSTOM` or `AWS_IAM`. */
  readonly authorization: string;
  /** With `CUSTOM`: whom to ask. */
  readonly authorizer?: AuthorizerModel;
  readonly needsApiKey?: boolean;
}

/** A Lambda function that decides who may connect. */
export interface AuthorizerModel {
  readonly functionName: string;
  /** What a request has to bear to be worth asking, such as `route.request.querystring.token`. */
  readonly identitySources: readonly string[];
}

export interface StageModel {
  readonly name: string;
  readonly path: string;
  readonly variables?: Readonly<Record<string, string>>;
  /** Of the routes that have none of their own. */
  readonly throttle?: ThrottleModel;
  readonly routeThrottles?: Readonly<Record<string, ThrottleModel>>;
}

/** How many requests a route serves; what is not set is not limited here. */
export interface ThrottleModel {
  readonly rate?: number;
  readonly burst?: number;
}

interface RouteSettings { readonly ThrottlingRateLimit?: number | string; readonly ThrottlingBurstLimit?: number | string }

/** A WebSocket API with its routes and stages. */
export interface ApiModel {
  readonly logicalId: string;
  readonly path: string;
  readonly apiId: string;
  readonly region: string;
  /** What the ARN of every route begins with: `arn:aws:execute-api:{region}:{account}:{api}`. */
  readonly arn: string;
  readonly routeSelectionExpression: string;
  readonly routes: ReadonlyMap<string, RouteModel>;
  readonly stages: readonly StageModel[];
}

/** A resource, with the scope in which its properties are to be read. */
interface Part extends StackResource {
  readonly scope: StackScope;
}

/** Reads the WebSocket APIs of an app, whose parts may be in several stacks. HTTP APIs are none of ours. */
export function readApis(scopes: readonly StackScope[]): ApiModel[] {
  const parts = scopes.flatMap((scope) => scope.resources().map((resource): Part => ({ ...resource, scope })))
    .filter(({ type }) => type.startsWith(PREFIX));
  return parts
    .filter(({ scope, type, logicalId }) => type === `${PREFIX}Api` && scope.property(logicalId, 'ProtocolType') === 'WEBSOCKET')
    .map(({ scope, logicalId, path }) => {
      const { environment: { partition, region, account } } = scope;
      const apiId = scope.identity(logicalId).ref;
      const ours = new ApiReader(parts, apiId);
      return {
        logicalId,
        path,
        apiId,
        region,
        arn: `arn:${partition}:execute-api:${region}:${account}:${apiId}`,
        routeSelectionExpression: String(scope.property(logicalId, 'RouteSelectionExpression') ?? '$request.body.action'),
        routes: ours.routes(),
        stages: ours.stages(),
      };
    });
}

/** Picks what belongs to one API. */
class ApiReader {
  private readonly parts: readonly Part[];

  constructor(all: readonly Part[], apiId: string) {
    this.parts = all.filter((part) => apiIdOf(part) === apiId);
  }

  stages(): StageModel[] {
    return this.ofType('Stage').map(({ scope, logicalId, path }) => ({
      name: String(scope.property(logicalId, 'StageName')),
      path,
      variables: scope.property(logicalId, 'StageVariables') as Record<string, string> | undefined,
      throttle: throttleOf(scope.property(logicalId, 'DefaultRouteSettings') as RouteSettings | undefined),
      routeThrottles: routeThrottlesOf(scope.property(logicalId, 'RouteSettings') as Record<string, RouteSettings> | undefined),
    }));
  }

  routes(): Map<string, RouteModel> {
    const answering = new Set(this.ofType('RouteResponse').map((part) => text(part, 'RouteId')));
    return new Map(this.ofType('Route').map((part) => {
      const { path } = part;
      const key = text(part, 'RouteKey') ?? '';
      const target = text(part, 'Target');
      return [key, {
        key,
        path,
        integration: target === undefined ? undefined : this.integration(target.replace(/^integrations\//, ''), path),
        returnsResponse: answering.has(idOf(part)),
        authorization: text(part, 'AuthorizationType') ?? 'NONE',
        authorizer: this.authorizer(text(part, 'AuthorizerId'), path),
        needsApiKey: text(part, 'ApiKeyRequired') === 'true',
      }];
    }));
  }

  private authorizer(id: string | undefined, routePath: string): AuthorizerModel | undefined {
    if (id === undefined) return undefined;
    const found = this.ofType('Authorizer').find((part) => idOf(part) === id);
    if (!found) throw new LocalError(`the authorizer of route ${routePath} is not in this cloud assembly: ${id}`);
    const functionName = functionInUri(text(found, 'AuthorizerUri'));
    if (functionName === undefined) throw new LocalError(`the authorizer ${found.path} invokes no Lambda function`);
    return { functionName, identitySources: (found.scope.property(found.logicalId, 'IdentitySource') ?? []) as string[] };
  }

  private integration(id: string, routePath: string): IntegrationModel {
    const found = this.ofType('Integration').find((part) => idOf(part) === id);
    if (!found) throw new LocalError(`the target of route ${routePath} is not in this cloud assembly: integrations/${id}`);
    const type = text(found, 'IntegrationType') ?? '';
    if (type === 'MOCK') {
      return {
        type: 'mock',
        requestTemplates: templates(found, 'RequestTemplates'),
        requestSelection: text(found, 'TemplateSelectionExpression'),
        responses: this.mockResponses(id),
        responseSelection: text(found, 'IntegrationResponseSelectionExpression'),
      };
    }
    const functionName = functionInUri(text(found, 'IntegrationUri'));
    if (type === 'AWS_PROXY' && functionName !== undefined) {
      const timeout = text(found, 'TimeoutInMillis');
      return { type: 'lambda', functionName, timeoutMillis: timeout === undefined ? undefined : Number(timeout) };
    }
    return { type: 'unsupported', what: `${type} integration` };
  }

  private mockResponses(integrationId: string): MockResponse[] {
    return this.ofType('IntegrationResponse')
      .filter((part) => text(part, 'IntegrationId') === integrationId)
      .map((part) => ({
        key: text(part, 'IntegrationResponseKey') ?? '$default',
        templates: templates(part, 'ResponseTemplates'),
        selection: text(part, 'TemplateSelectionExpression'),
      }));
  }

  private ofType(type: string): Part[] {
    return this.parts.filter((part) => part.type === PREFIX + type);
  }
}

function idOf({ scope, logicalId }: Part): string {
  return scope.identity(logicalId).ref;
}

/** Undefined when it cannot be told: then it is that of no API here. */
function apiIdOf(part: Part): string | undefined {
  try {
    return text(part, 'ApiId');
  } catch {
    return undefined;
  }
}

function text({ scope, logicalId }: Part, name: string): string | undefined {
  const value = scope.property(logicalId, name);
  return value === undefined ? undefined : String(value);
}

function templates({ scope, logicalId }: Part, name: string): Templates {
  return (scope.property(logicalId, name) ?? {}) as Templates;
}

function routeThrottlesOf(settings: Readonly<Record<string, RouteSettings>> = {}): Record<string, ThrottleModel> {
  const throttles = Object.entries(settings).map(([key, each]) => [key, throttleOf(each)] as const);
  return Object.fromEntries(throttles.filter((entry): entry is readonly [string, ThrottleModel] => entry[1] !== undefined));
}

function throttleOf({ ThrottlingRateLimit, ThrottlingBurstLimit }: RouteSettings = {}): ThrottleModel | undefined {
  if (ThrottlingRateLimit === undefined && ThrottlingBurstLimit === undefined) return undefined;
  const number = (value: number | string | undefined) => (value === undefined ? undefined : Number(value));
  return { rate: number(ThrottlingRateLimit), burst: number(ThrottlingBurstLimit) };
}

function functionInUri(uri: string | undefined): string | undefined {
  return /:function:([^:/]+)/.exec(uri ?? '')?.[1];
}
