import type { FunctionModel } from './functions';
import type { HttpApiModel } from './http-apis';
import { ENV } from '../../src/private/contract';
import type { StackScope } from '../template/stack-scope';
import type { TrustedIssuer } from '../tokens/issuers';

/** Returns the issuers that an app trusts: those of its authorizers, then its user pools. */
export function readIssuers(
  scopes: readonly StackScope[], functions: readonly FunctionModel[], httpApis: readonly HttpApiModel[],
): TrustedIssuer[] {
  return [
    ...functions.flatMap(({ variables }) => ofHandler(variables)),
    ...httpApis.flatMap(ofHttpApi),
    ...scopes.flatMap((scope) => userPools(scope, scopes)),
  ];
}

/** Reads the issuer of a `WebSocketJwtAuthorizer` from its handler. */
function ofHandler(variables: FunctionModel['variables']): TrustedIssuer[] {
  const issuer = variables[ENV.jwtIssuer];
  return issuer === undefined ? [] : [{ issuer, audience: (variables[ENV.jwtAudience] ?? '').split(','), tokenUse: variables[ENV.cognitoTokenUse] }];
}

function ofHttpApi({ routes }: HttpApiModel): TrustedIssuer[] {
  return routes.flatMap(({ authorizer }) => (authorizer?.type === 'jwt' ? [{ issuer: authorizer.issuer, audience: authorizer.audience }] : []));
}

/** Returns the user pools, with their clients from any stack. */
function userPools(scope: StackScope, scopes: readonly StackScope[]): TrustedIssuer[] {
  const ofType = (of: StackScope, type: string) => of.resources().filter((resource) => resource.type === `AWS::Cognito::${type}`);
  const clients = scopes.flatMap((other) => ofType(other, 'UserPoolClient').map(({ logicalId }) => ({
    id: other.identity(logicalId).ref, pool: other.property(logicalId, 'UserPoolId'),
  })));
  return ofType(scope, 'UserPool').map(({ logicalId }) => {
    const { ref, attributes } = scope.identity(logicalId);
    return { issuer: attributes.ProviderURL, audience: clients.filter(({ pool }) => pool === ref).map(({ id }) => id) };
  });
}
