import { LocalError } from '../errors';
import type { StackResource, StackScope } from '../template/stack-scope';

/** What a route does with an event. */
export type IntegrationModel =
  | { readonly type: 'lambda'; readonly functionName: string }
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

/** Reads the WebSocket APIs of a stack. HTTP APIs are none of ours. */
export function readApis(scope: StackScope): ApiModel[] {
  const resources = scope.resources();
  return resources
    .filter(({ type, logicalId }) => type === 'AWS::ApiGatewayV2::Api' && scope.property(logicalId, 'ProtocolType') === 'WEBSOCKET')
    .map(({ logicalId, path }) => {
      const apiId = scope.identity(logicalId).ref;
      const ours = new ApiReader(scope, resources, apiId);
      return {
        logicalId,
        path,
        apiId,
        region: scope.environment.region,
        arn: `arn:${scope.environment.partition}:execute-api:${scope.environment.region}:${scope.environment.account}:${apiId}`,
        routeSelectionExpression: String(scope.property(logicalId, 'RouteSelectionExpression') ?? '$request.body.action'),
        routes: ours.routes(),
        stages: ours.stages(),
      };
    });
}

/** Picks what belongs to one API out of the resources of its stack. */
class ApiReader {
  constructor(private readonly scope: StackScope, private readonly resources: readonly StackResource[], private readonly apiId: string) {}

  stages(): StageModel[] {
    return this.ofType('AWS::ApiGatewayV2::Stage').map(({ logicalId, path }) => ({
      name: String(this.scope.property(logicalId, 'StageName')),
      path,
      variables: this.scope.property(logicalId, 'StageVariables') as Record<string, string> | undefined,
      throttle: throttleOf(this.scope.property(logicalId, 'DefaultRouteSettings') as RouteSettings | undefined),
      routeThrottles: Object.fromEntries(Object.entries(this.scope.property(logicalId, 'RouteSettings') as Record<string, RouteSettings> ?? {})
        .flatMap(([key, settings]) => { const throttle = throttleOf(settings); return throttle ? [[key, throttle]] : []; })),
    }));
  }

  routes(): Map<string, RouteModel> {
    const answering = new Set(this.ofType('AWS::ApiGatewayV2::RouteResponse').map(({ logicalId }) => this.text(logicalId, 'RouteId')));
    return new Map(this.ofType('AWS::ApiGatewayV2::Route').map(({ logicalId, path }) => {
      const key = this.text(logicalId, 'RouteKey') ?? '';
      const target = this.text(logicalId, 'Target');
      return [key, {
        key,
        path,
        integration: target === undefined ? undefined : this.integration(target.replace(/^integrations\//, ''), path),
        returnsResponse: answering.has(this.scope.identity(logicalId).ref),
        authorization: this.text(logicalId, 'AuthorizationType') ?? 'NONE',
        authorizer: this.authorizer(this.text(logicalId, 'AuthorizerId'), path),
      }];
    }));
  }

  private authorizer(id: string | undefined, routePath: string): AuthorizerModel | undefined {
    if (id === undefined) return undefined;
    const found = this.ofType('AWS::ApiGatewayV2::Authorizer').find(({ logicalId }) => this.scope.identity(logicalId).ref === id);
    if (!found) throw new LocalError(`the authorizer of route ${routePath} is not in its stack: ${id}`);
    const functionName = functionInUri(this.text(found.logicalId, 'AuthorizerUri'));
    if (functionName === undefined) throw new LocalError(`the authorizer ${found.path} invokes no Lambda function`);
    return { functionName, identitySources: (this.scope.property(found.logicalId, 'IdentitySource') ?? []) as string[] };
  }

  private integration(id: string, routePath: string): IntegrationModel {
    const found = this.ofType('AWS::ApiGatewayV2::Integration').find(({ logicalId }) => this.scope.identity(logicalId).ref === id);
    if (!found) throw new LocalError(`the target of route ${routePath} is not in its stack: integrations/${id}`);
    const type = this.text(found.logicalId, 'IntegrationType') ?? '';
    if (type === 'MOCK') {
      return {
        type: 'mock',
        requestTemplates: this.templates(found.logicalId, 'RequestTemplates'),
        requestSelection: this.text(found.logicalId, 'TemplateSelectionExpression'),
        responses: this.mockResponses(id),
        responseSelection: this.text(found.logicalId, 'IntegrationResponseSelectionExpression'),
      };
    }
    const functionName = functionInUri(this.text(found.logicalId, 'IntegrationUri'));
    if (type === 'AWS_PROXY' && functionName !== undefined) return { type: 'lambda', functionName };
    return { type: 'unsupported', what: `${type} integration` };
  }

  private mockResponses(integrationId: string): MockResponse[] {
    return this.ofType('AWS::ApiGatewayV2::IntegrationResponse')
      .filter(({ logicalId }) => this.text(logicalId, 'IntegrationId') === integrationId)
      .map(({ logicalId }) => ({
        key: this.text(logicalId, 'IntegrationResponseKey') ?? '$default',
        templates: this.templates(logicalId, 'ResponseTemplates'),
        selection: this.text(logicalId, 'TemplateSelectionExpression'),
      }));
  }

  private ofType(type: string): StackResource[] {
    return this.resources.filter((resource) => resource.type === type && this.text(resource.logicalId, 'ApiId') === this.apiId);
  }

  private text(logicalId: string, name: string): string | undefined {
    const value = this.scope.property(logicalId, name);
    return value === undefined ? undefined : String(value);
  }

  private templates(logicalId: string, name: string): Templates {
    return (this.scope.property(logicalId, name) ?? {}) as Templates;
  }
}

function throttleOf({ ThrottlingRateLimit, ThrottlingBurstLimit }: RouteSettings = {}): ThrottleModel | undefined {
  if (ThrottlingRateLimit === undefined && ThrottlingBurstLimit === undefined) return undefined;
  const number = (value: number | string | undefined) => (value === undefined ? undefined : Number(value));
  return { rate: number(ThrottlingRateLimit), burst: number(ThrottlingBurstLimit) };
}

function functionInUri(uri: string | undefined): string | undefined {
  return /:function:([^:/]+)/.exec(uri ?? '')?.[1];
}
