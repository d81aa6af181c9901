import { ApiParts, functionInUri, identityOfApi, partsOfApis, type ApiIdentity, type ApiPart, type StageModel } from './api-parts';
import { numberOf, type Properties } from '../template/properties';
import type { StackScope } from '../template/stack-scope';
import { Unavailable } from '../template/unavailable';

/** Format of the events and results of a function. */
export type PayloadFormat = '1.0' | '2.0';

export type HttpIntegrationModel =
  | { readonly type: 'lambda'; readonly functionArn: string; readonly format: PayloadFormat; /** Timeout if it is shorter than API Gateway's own. */ readonly timeoutMillis?: number }
  | { readonly type: 'unsupported'; readonly what: string };

export interface HttpRouteModel {
  /** `$default`, or a method and a path, such as `GET /rooms/{id}` or `ANY /{proxy+}`. */
  readonly key: string;
  readonly path: string;
  readonly integration: HttpIntegrationModel;
  /** `NONE`, `JWT`, `CUSTOM` or `AWS_IAM`. */
  readonly authorization: string;
  /** Scopes for `JWT`: the token must have one of them, if there are any. */
  readonly scopes: readonly string[];
  /** Authorizer of `JWT` and `CUSTOM` routes; without one, every request is refused. */
  readonly authorizer?: HttpAuthorizerModel;
}

export type HttpAuthorizerModel = JwtAuthorizerModel | LambdaAuthorizerModel;

export interface JwtAuthorizerModel {
  readonly type: 'jwt';
  readonly issuer: string;
  readonly audience: readonly string[];
  /** Location of the token, such as `$request.header.Authorization`. */
  readonly identitySources: readonly string[];
}

export interface LambdaAuthorizerModel {
  readonly type: 'lambda';
  readonly path: string;
  readonly functionArn: string;
  readonly identitySources: readonly string[];
  readonly format: PayloadFormat;
  /** Whether the function answers with `isAuthorized` instead of a policy. */
  readonly isSimple: boolean;
  /** Seconds for which an answer is reused for the same identity. */
  readonly cacheSeconds: number;
}

export interface CorsModel {
  readonly origins: readonly string[];
  readonly methods: readonly string[];
  readonly headers: readonly string[];
  readonly exposedHeaders: readonly string[];
  readonly maxAgeSeconds?: number;
  readonly allowsCredentials: boolean;
}

/** An HTTP API with its routes and stages. */
export interface HttpApiModel extends ApiIdentity {
  readonly account: string;
  readonly routes: readonly HttpRouteModel[];
  readonly stages: readonly StageModel[];
  readonly cors?: CorsModel;
  /** Parts that are not read, with the reasons. */
  readonly unread: readonly string[];
}

export const DEFAULT_STAGE = '$default';

/**
 * Reads the HTTP APIs of an app.
 *
 * @param notices receives a sentence for each part that is not available here
 */
export function readHttpApis(scopes: readonly StackScope[], notices: string[]): HttpApiModel[] {
  return partsOfApis(scopes, ({ properties }) => properties.text('ProtocolType') === 'HTTP').map(({ api, parts }) => {
    const ours = new HttpApiReader(parts, notices);
    const { properties } = api;
    const quick = ours.quickRoute(api);
    return {
      ...identityOfApi(api),
      account: api.scope.environment.account,
      routes: [...ours.routes(), ...quick],
      stages: [...ours.stages(), ...quick.map(({ path }) => ({ name: DEFAULT_STAGE, path }))],
      cors: corsOf(properties),
      unread: ['Body', 'BodyS3Location'].filter((name) => properties.has(name)),
    };
  });
}

/** Reads the parts of one API. */
class HttpApiReader extends ApiParts {
  routes(): HttpRouteModel[] {
    return this.ofType('Route').flatMap((part) => this.available(part, () => this.route(part)) ?? []);
  }

  /** Returns the route of an API that names its function itself (quick create). */
  quickRoute({ path, properties }: ApiPart): HttpRouteModel[] {
    const target = properties.text('Target');
    if (target === undefined) return [];
    const functionArn = functionInUri(target);
    const integration: HttpIntegrationModel = functionArn === undefined ? { type: 'unsupported', what: `the target ${target}` } : { type: 'lambda', functionArn, format: '2.0' };
    return [{ key: properties.text('RouteKey') ?? '$default', path, integration, authorization: 'NONE', scopes: [] }];
  }

  private route(part: ApiPart): HttpRouteModel {
    const { path, properties } = part;
    return {
      key: properties.requiredText('RouteKey'),
      path,
      integration: this.integration((properties.text('Target') ?? '').replace(/^integrations\//, '')),
      authorization: properties.text('AuthorizationType') ?? 'NONE',
      scopes: properties.texts('AuthorizationScopes'),
      authorizer: this.available(part, () => this.authorizer(properties)),
    };
  }

  private authorizer(route: Properties): HttpAuthorizerModel | undefined {
    if (!['JWT', 'CUSTOM'].includes(route.text('AuthorizationType') ?? '')) return undefined;
    const id = route.text('AuthorizerId') ?? '';
    const found = this.find('Authorizer', id);
    if (!found) throw new Unavailable(`its authorizer '${id}' is not in this cloud assembly: nobody is let in`);
    const { path, properties } = found;
    const identitySources = properties.texts('IdentitySource');
    if (properties.text('AuthorizerType') === 'JWT') return jwtAuthorizer(path, properties, identitySources);
    const functionArn = functionInUri(properties.text('AuthorizerUri'));
    if (functionArn === undefined) throw new Unavailable(`its authorizer ${path} invokes no Lambda function: nobody is let in`);
    return {
      type: 'lambda',
      path,
      functionArn,
      identitySources,
      format: formatOf(properties.text('AuthorizerPayloadFormatVersion')),
      isSimple: properties.flag('EnableSimpleResponses'),
      cacheSeconds: properties.number('AuthorizerResultTtlInSeconds') ?? 0,
    };
  }

  private integration(id: string): HttpIntegrationModel {
    const found = this.find('Integration', id);
    if (!found) return { type: 'unsupported', what: `the target 'integrations/${id}', which is not in this cloud assembly,` };
    const { properties } = found;
    const type = properties.text('IntegrationType') ?? '';
    const functionArn = functionInUri(properties.text('IntegrationUri'));
    if (type !== 'AWS_PROXY' || functionArn === undefined) return { type: 'unsupported', what: [type, properties.text('IntegrationSubtype'), 'integration'].filter(Boolean).join(' ') };
    return { type: 'lambda', functionArn, format: formatOf(properties.text('PayloadFormatVersion')), timeoutMillis: properties.number('TimeoutInMillis') };
  }
}

function jwtAuthorizer(path: string, properties: Properties, identitySources: readonly string[]): JwtAuthorizerModel {
  const { Issuer, Audience } = properties.object('JwtConfiguration') ?? {};
  if (typeof Issuer !== 'string') throw new Unavailable(`its authorizer ${path} has no issuer: nobody is let in`);
  return { type: 'jwt', issuer: Issuer, audience: Array.isArray(Audience) ? Audience.map(String) : [], identitySources };
}

function formatOf(version: string | undefined): PayloadFormat {
  return version === '1.0' ? '1.0' : '2.0';
}

function corsOf(properties: Properties): CorsModel | undefined {
  const cors = properties.object('CorsConfiguration');
  if (!cors) return undefined;
  const texts = (value: unknown) => (Array.isArray(value) ? value.map(String) : []);
  return {
    origins: texts(cors.AllowOrigins),
    methods: texts(cors.AllowMethods),
    headers: texts(cors.AllowHeaders),
    exposedHeaders: texts(cors.ExposeHeaders),
    maxAgeSeconds: numberOf(cors.MaxAge),
    allowsCredentials: String(cors.AllowCredentials) === 'true',
  };
}
