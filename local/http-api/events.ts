import type { HttpApiRequest } from './request';
import { resourceOf, type Selected } from './route-selection';
import { commonLogTime } from '../gateway/events';
import type { HttpApiModel, LambdaAuthorizerModel, PayloadFormat } from '../model/http-apis';

/** Authorized caller, as the events of functions show it. */
export type Caller =
  | { readonly kind: 'nobody' }
  | { readonly kind: 'jwt'; readonly claims: Readonly<Record<string, string>>; readonly scopes: readonly string[] | null }
  | { readonly kind: 'lambda'; readonly context: Readonly<Record<string, unknown>>; readonly principalId?: string }
  | { readonly kind: 'iam' };

/** Builds the event of a route's function. */
export function routeEvent(format: PayloadFormat, api: HttpApiModel, request: HttpApiRequest, selected: Selected, caller: Caller): object {
  const body = { ...request.body && { body: request.body.text }, isBase64Encoded: request.body?.isBase64 ?? false };
  if (format === '1.0') {
    return {
      ...first(request, selected),
      requestContext: firstContext(api, request, selected, caller),
      body: null,
      ...body,
    };
  }
  return { ...second(api, request, selected, caller), ...body };
}

/** Builds the event of an authorizer's function. */
export function authorizerEvent(
  authorizer: LambdaAuthorizerModel, api: HttpApiModel, request: HttpApiRequest, selected: Selected, identity: readonly string[],
): object {
  const arn = routeArn(api, request);
  const type = 'REQUEST';
  if (authorizer.format === '2.0') {
    const { version, ...event } = second(api, request, selected, { kind: 'nobody' });
    return { version, type, routeArn: arn, identitySource: identity.length === 0 ? null : identity, ...event };
  }
  const source = identity.join(',');
  return {
    ...first(request, selected),
    type,
    methodArn: arn,
    identitySource: source,
    authorizationToken: source,
    requestContext: firstContext(api, request, selected, { kind: 'nobody' }),
  };
}

/** Returns the ARN that authorizers' policies refer to. */
export function routeArn({ arn }: HttpApiModel, { stage, method, routePath }: HttpApiRequest): string {
  return `${arn}/${stage.name}/${method}${routePath}`;
}

function second(api: HttpApiModel, request: HttpApiRequest, { route, parameters }: Selected, caller: Caller) {
  const { cookies, stage: { variables } } = request;
  return {
    version: '2.0',
    routeKey: route.key,
    rawPath: request.path,
    rawQueryString: request.rawQuery,
    ...cookies.length > 0 && { cookies },
    headers: joined(request.headers, ['cookie']),
    ...request.query.size > 0 && { queryStringParameters: joined(request.query) },
    requestContext: secondContext(api, request, route.key, caller),
    ...Object.keys(parameters).length > 0 && { pathParameters: parameters },
    ...variables && { stageVariables: variables },
  };
}

function secondContext({ account, apiId, host }: HttpApiModel, request: HttpApiRequest, routeKey: string, caller: Caller): object {
  const authorizer = secondAuthorizer(caller);
  return {
    accountId: account,
    apiId,
    ...authorizer && { authorizer },
    domainName: host,
    domainPrefix: host.split('.')[0],
    http: {
      method: request.method,
      path: request.path,
      protocol: request.protocol,
      sourceIp: request.sourceIp,
      userAgent: request.headers.get('user-agent')?.[0] ?? '',
    },
    requestId: request.id,
    routeKey,
    stage: request.stage.name,
    time: commonLogTime(request.at),
    timeEpoch: request.at.getTime(),
  };
}

function secondAuthorizer(caller: Caller): object | undefined {
  switch (caller.kind) {
    case 'jwt': return { jwt: { claims: caller.claims, scopes: caller.scopes } };
    case 'lambda': return { lambda: caller.context };
    default: return undefined;
  }
}

/** Builds an event of format 1.0, which REST APIs use as well. Missing values are null. */
function first(request: HttpApiRequest, { route, parameters }: Selected) {
  const { query, headers, stage: { variables } } = request;
  const hasParameters = Object.keys(parameters).length > 0;
  return {
    version: '1.0',
    resource: resourceOf(route),
    path: request.path,
    httpMethod: request.method,
    headers: lastValues(headers),
    multiValueHeaders: Object.fromEntries(headers),
    queryStringParameters: query.size > 0 ? lastValues(query) : null,
    multiValueQueryStringParameters: query.size > 0 ? Object.fromEntries(query) : null,
    pathParameters: hasParameters ? parameters : null,
    stageVariables: variables ?? null,
  };
}

function firstContext({ account, apiId, host }: HttpApiModel, request: HttpApiRequest, { route }: Selected, caller: Caller): object {
  return {
    accountId: account,
    apiId,
    ...firstAuthorizer(caller),
    domainName: host,
    domainPrefix: host.split('.')[0],
    extendedRequestId: request.id,
    httpMethod: request.method,
    identity: { ...NO_IDENTITY, sourceIp: request.sourceIp, userAgent: request.headers.get('user-agent')?.[0] ?? '' },
    path: request.path,
    protocol: request.protocol,
    requestId: request.id,
    requestTime: commonLogTime(request.at),
    requestTimeEpoch: request.at.getTime(),
    resourceId: route.key,
    resourcePath: resourceOf(route),
    stage: request.stage.name,
  };
}

function firstAuthorizer(caller: Caller): object {
  switch (caller.kind) {
    case 'jwt': return { authorizer: { claims: caller.claims, scopes: caller.scopes } };
    case 'lambda': return { authorizer: { ...caller.context, ...caller.principalId !== undefined && { principalId: caller.principalId } } };
    default: return {};
  }
}

const NO_IDENTITY = {
  accessKey: null,
  accountId: null,
  caller: null,
  cognitoAmr: null,
  cognitoAuthenticationProvider: null,
  cognitoAuthenticationType: null,
  cognitoIdentityId: null,
  cognitoIdentityPoolId: null,
  principalOrgId: null,
  user: null,
  userArn: null,
};

type Values = ReadonlyMap<string, readonly string[]>;

function joined(values: Values, hidden: readonly string[] = []): Record<string, string> {
  return Object.fromEntries([...values].filter(([name]) => !hidden.includes(name)).map(([name, each]) => [name, each.join(',')]));
}

function lastValues(values: Values): Record<string, string> {
  return Object.fromEntries([...values].map(([name, each]) => [name, each[each.length - 1]]));
}
