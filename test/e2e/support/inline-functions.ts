import type { Stack } from 'aws-cdk-lib';
import { WebSocketLambdaAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';

/** Creates a function whose code is in the template. */
export function inlineFunction(stack: Stack, id: string, code: string): LambdaFunction {
  return new LambdaFunction(stack, id, { runtime: Runtime.NODEJS_24_X, handler: 'index.handler', code: Code.fromInline(code) });
}

/**
 * Creates an authorizer that lets every client in.
 *
 * @param context JavaScript of the client's context; it may use `user`, from the query string
 */
export function openAuthorizer(stack: Stack, id: string, context: string): WebSocketLambdaAuthorizer {
  const handler = inlineFunction(stack, `Authorizer${id}`, `
exports.handler = async ({ methodArn, queryStringParameters: { user = '' } = {} }) => ({
  principalId: 'client',
  policyDocument: { Version: '2012-10-17', Statement: [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: methodArn }] },
  context: ${context},
});`);
  return new WebSocketLambdaAuthorizer(`Auth${id}`, handler, { identitySource: [] });
}
