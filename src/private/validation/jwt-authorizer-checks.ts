import { Token } from 'aws-cdk-lib';
import { checkEnvironment, formatValue } from './checks';
import { checkHandlerOptions, checkRemovalPolicy, CONNECTION_TIMEOUT } from './handler-checks';
import { checkStruct } from './kinds';
import { JWT_PROPS } from './shapes';
import { type WebSocketJwtAuthorizerProps } from '../../jwt-authorizer-props';

/** Throws on the first prop with which nobody could connect, or somebody who should not. Creates nothing. */
export function checkJwtAuthorizer(props: WebSocketJwtAuthorizerProps): void {
  checkStruct('props', props, JWT_PROPS);
  const { issuer, audience, jwksUri, claims, handlerOptions, removalPolicy } = props;
  checkAddress('issuer', issuer, "give it as the claim 'iss' of its tokens has it, such as 'https://login.example.com'");
  if (jwksUri !== undefined) checkAddress('jwksUri', jwksUri, 'give the address of its JSON Web Key Set, or leave it out to have it found');
  checkList('audience', audience, "a token for anybody else's API would do as well: name whom your tokens are for");
  if (claims !== undefined) checkList('claims', claims, 'leave it out to pass all claims on');
  const lists = [...(Token.isUnresolved(audience) ? [] : audience), ...(Token.isUnresolved(claims) ? [] : claims ?? [])];
  checkEnvironment('audience and claims', [issuer, jwksUri, ...lists], 'name fewer, or leave claims out');
  checkHandlerOptions('handlerOptions', CONNECTION_TIMEOUT, handlerOptions);
  checkRemovalPolicy(removalPolicy);
}

function checkAddress(prop: string, address: string, fix: string): void {
  if (Token.isUnresolved(address)) return;
  if (!/^https:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/.test(address)) {
    throw new Error(`'${prop}' must be an https address without a query, got ${formatValue(address)}; ${fix}`);
  }
}

/** The function gets lists separated by commas. */
function checkList(prop: string, list: string[], fix: string): void {
  if (Token.isUnresolved(list)) return;
  if (list.length === 0) throw new Error(`'${prop}' must name at least one, got none; ${fix}`);
  const wrong = list.find((item) => !Token.isUnresolved(item) && !/^[^,\s][^,]*$/.test(item));
  if (wrong !== undefined) throw new Error(`'${prop}' must have no item that is empty or has a comma, got '${wrong}'; give each as an item of its own`);
}
