import { messageOf } from '../errors';
import { numberOf, Properties } from '../template/properties';
import type { StackResource, StackScope } from '../template/stack-scope';
import { Unavailable } from '../template/unavailable';

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
  /** With `CUSTOM`: whom to ask; without it nobody is let in. */
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

type Settings = Readonly<Record<string, unknown>>;

/** A WebSocket API with its routes and stages. */
export interface ApiModel {
  readonly logicalId: string;
  readonly path: string;
  readonly apiId: string;
  readonly region: string;
  /** Where it is on AWS: `{api}.execute-api.{region}.amazonaws.com`. */
  readonly host: string;
  /** What the ARN of every route begins with: `arn:aws:execute-api:{region}:{account}:{api}`. */
  readonly arn: string;
  readonly routeSelectionExpression: string;
  readonly routes: ReadonlyMap<string, RouteModel>;
  readonly stages: readonly StageModel[];
}

/** A resource, with the scope in which its properties are to be read. */
interface Part extends StackResource {
  readonly scope: StackScope;
  readonly properties: Properties;
}

/**
 * Reads the WebSocket APIs of an app, whose parts may be in several stacks.
 *
 * @param notices gets a sentence for each part that is not available here
 */
export function readApis(scopes: readonly StackScope[], notices: string[]): ApiModel[] {
  const partOf = (scope: StackScope, resource: StackResource): Part => ({ ...resource, scope, properties: new Properties(scope, resource) });
  const parts = scopes.flatMap((scope) => scope.resources().filter(({ type }) => type.startsWith(PREFIX)).map((resource) => partOf(scope, resource)));
  const apis = parts.filter(({ type, properties }) => type === `${PREFIX}Api` && isWebSocket(properties));
  return apis.map(({ scope, logicalId, path, properties }) => {
    const { environment: { partition, region, account, urlSuffix } } = scope;
    const apiId = scope.identity(logicalId).ref;
    // In a stack with one API, what does not say whose it is must be part of that.
    const isAlone = apis.filter((api) => api.scope === scope).length === 1;
    const isOurs = (part: Part) => (apiIdOf(part) ?? (isAlone && part.scope === scope ? apiId : undefined)) === apiId;
    const ours = new ApiReader(parts.filter(isOurs), notices);
    return {
      logicalId,
      path,
      apiId,
      region,
      host: `${apiId}.execute-api.${region}.${urlSuffix}`,
      arn: `arn:${partition}:execute-api:${region}:${account}:${apiId}`,
      routeSelectionExpression: properties.text('RouteSelectionExpression') ?? '$request.body.action',
      routes: ours.routes(),
      stages: ours.stages(),
    };
  });
}

/** HTTP APIs have no selection expression. */
function isWebSocket(properties: Properties): boolean {
  return (properties.text('ProtocolType') ?? (properties.has('RouteSelectionExpression') ? 'WEBSOCKET' : '')) === 'WEBSOCKET';
}

/** Reads the parts of one API. */
class ApiReader {
  constructor(private readonly parts: readonly Part[], private readonly notices: string[]) {}

  stages(): StageModel[] {
    return this.ofType('Stage').map((part) => ({
      name: idOf(part),
      path: part.path,
      variables: variablesOf(part.properties),
      throttle: throttleOf(part.properties.object('DefaultRouteSettings')),
      routeThrottles: routeThrottlesOf(part.properties.object('RouteSettings')),
    }));
  }

  routes(): Map<string, RouteModel> {
    const answering = new Set(this.ofType('RouteResponse').map(({ properties }) => properties.text('RouteId')));
    return new Map(this.ofType('Route').flatMap((part): [string, RouteModel][] => {
      const route = this.available(part, () => this.route(part, answering.has(idOf(part))));
      return route ? [[route.key, route]] : [];
    }));
  }

  private route(part: Part, returnsResponse: boolean): RouteModel {
    const { path, properties } = part;
    const target = properties.text('Target');
    return {
      key: properties.requiredText('RouteKey'),
      path,
      integration: target === undefined ? undefined : this.integration(target.replace(/^integrations\//, '')),
      returnsResponse,
      authorization: properties.text('AuthorizationType') ?? 'NONE',
      authorizer: this.available(part, () => this.authorizer(properties)),
      needsApiKey: properties.flag('ApiKeyRequired'),
    };
  }

  private authorizer(route: Properties): AuthorizerModel | undefined {
    if (route.text('AuthorizationType') !== 'CUSTOM') return undefined;
    const id = route.text('AuthorizerId') ?? '';
    const found = this.ofType('Authorizer').find((part) => idOf(part) === id);
    if (!found) throw new Unavailable(`its authorizer '${id}' is not in this cloud assembly: nobody is let in`);
    const functionName = functionInUri(found.properties.text('AuthorizerUri'));
    if (functionName === undefined) throw new Unavailable(`its authorizer ${found.path} invokes no Lambda function: nobody is let in`);
    return { functionName, identitySources: found.properties.texts('IdentitySource') };
  }

  private integration(id: string): IntegrationModel {
    const found = this.ofType('Integration').find((part) => idOf(part) === id);
    if (!found) return { type: 'unsupported', what: `the target 'integrations/${id}', which is not in this cloud assembly,` };
    const { properties } = found;
    const type = properties.text('IntegrationType') ?? '';
    if (type === 'MOCK') {
      return {
        type: 'mock',
        requestTemplates: templates(properties, 'RequestTemplates'),
        requestSelection: properties.text('TemplateSelectionExpression'),
        responses: this.mockResponses(id),
        responseSelection: properties.text('IntegrationResponseSelectionExpression'),
      };
    }
    const functionName = functionInUri(properties.text('IntegrationUri'));
    if (type === 'AWS_PROXY' && functionName !== undefined) return { type: 'lambda', functionName, timeoutMillis: properties.number('TimeoutInMillis') };
    return { type: 'unsupported', what: `${type} integration` };
  }

  private mockResponses(integrationId: string): MockResponse[] {
    return this.ofType('IntegrationResponse')
      .filter(({ properties }) => properties.text('IntegrationId') === integrationId)
      .map(({ properties }) => ({
        key: properties.text('IntegrationResponseKey') ?? '$default',
        templates: templates(properties, 'ResponseTemplates'),
        selection: properties.text('TemplateSelectionExpression'),
      }));
  }

  private available<T>({ path }: Part, read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      this.notices.push(`${path}: ${messageOf(error)}`);
      return undefined;
    }
  }

  private ofType(type: string): Part[] {
    return this.parts.filter((part) => part.type === PREFIX + type);
  }
}

function idOf({ scope, logicalId }: Part): string {
  return scope.identity(logicalId).ref;
}

/** Undefined when it cannot be told. */
function apiIdOf({ scope, logicalId }: Part): string | undefined {
  const { value } = scope.read(logicalId, 'ApiId');
  return typeof value === 'string' ? value : undefined;
}

function templates(properties: Properties, name: string): Templates {
  return textsOf(properties.object(name));
}

function variablesOf(properties: Properties): Readonly<Record<string, string>> | undefined {
  const variables = properties.object('StageVariables');
  return variables && textsOf(variables);
}

/** Templates and variables are texts; what is not is shown as JSON. */
function textsOf(values: Settings = {}): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]));
}

function routeThrottlesOf(settings: Settings = {}): Record<string, ThrottleModel> {
  const throttles = Object.entries(settings).map(([key, each]) => [key, throttleOf((each ?? {}) as Settings)] as const);
  return Object.fromEntries(throttles.filter((entry): entry is readonly [string, ThrottleModel] => entry[1] !== undefined));
}

function throttleOf({ ThrottlingRateLimit, ThrottlingBurstLimit }: Settings = {}): ThrottleModel | undefined {
  if (ThrottlingRateLimit === undefined && ThrottlingBurstLimit === undefined) return undefined;
  return { rate: numberOf(ThrottlingRateLimit), burst: numberOf(ThrottlingBurstLimit) };
}

function functionInUri(uri: string | undefined): string | undefined {
  return /:function:([^:/]+)/.exec(uri ?? '')?.[1];
}
