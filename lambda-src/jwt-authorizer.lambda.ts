import { requireEnv } from './aws/environment';
import { logger } from './aws/logger';
import { TokenVerifier, type TokenVerifierOptions } from './aws/token-verifier';
import { allow, deny, tokenOf, type AuthorizerEvent, type AuthorizerResult } from './core/authorization';
import { ENV } from '../src/private/contract';

const parameter = process.env[ENV.tokenParameter];
const claimNames = process.env[ENV.jwtClaims]?.split(',');
const verifier = new TokenVerifier({
  issuer: requireEnv(ENV.jwtIssuer),
  audience: requireEnv(ENV.jwtAudience).split(','),
  jwksUri: process.env[ENV.jwksUri],
  cognitoTokenUse: process.env[ENV.cognitoTokenUse] as TokenVerifierOptions['cognitoTokenUse'],
});

/** Decides by the client's token whether it may connect. No part of the token is logged. */
export async function handler(event: AuthorizerEvent): Promise<AuthorizerResult> {
  const token = tokenOf(event, parameter);
  // API Gateway answers 401 to an error with this text, and 500 to any other.
  if (token === undefined) throw new Error('Unauthorized');
  const verdict = await verifier.verify(token);
  if (verdict.kind === 'refused') {
    logger().info(`a client was refused: ${verdict.why}`);
    return deny(event.methodArn);
  }
  const result = allow(event.methodArn, verdict.claims, claimNames);
  if (!result) logger().error('a client was refused: the claims of its token exceed what API Gateway passes on; name those that are needed in `claims`');
  return result ?? deny(event.methodArn);
}
