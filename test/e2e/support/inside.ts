import type { Stack } from 'aws-cdk-lib';
import { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import type { Local } from '../../../local';

/** Calls an AWS service with the body of a request to `/{service}`. */
const CALLER = `
exports.handler = async ({ body, isBase64Encoded, headers, pathParameters: { service } }) => {
  const kept = Object.fromEntries(['content-type', 'x-amz-target'].filter((name) => headers[name]).map((name) => [name, headers[name]]));
  const answer = await fetch('https://' + service + '.' + process.env.AWS_REGION + '.amazonaws.com/', {
    method: 'POST', headers: kept, body: Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'),
  });
  return { statusCode: answer.status, body: await answer.text() };
};`;

/** Adds a function to a stack by which a test calls AWS as functions of the app do. */
export function addInside(stack: Stack): void {
  const handler = new LambdaFunction(stack, 'Inside', { runtime: Runtime.NODEJS_24_X, handler: 'index.handler', code: Code.fromInline(CALLER) });
  new HttpApi(stack, 'InsideApi').addRoutes({ path: '/{service}', integration: new HttpLambdaIntegration('Inside', handler) });
}

/** Puts an event on the default bus. */
export function putEvent(local: Local, source: string, detailType: string, detail: object): Promise<string> {
  const body = JSON.stringify({ Entries: [{ Source: source, DetailType: detailType, Detail: JSON.stringify(detail) }] });
  return call(local, 'events', { method: 'POST', body, headers: { 'Content-Type': 'application/x-amz-json-1.1', 'X-Amz-Target': 'AWSEvents.PutEvents' } });
}

/** Publishes to a topic, with string attributes. */
export function publishTo(local: Local, topicArn: string, message: string, attributes: Readonly<Record<string, string>> = {}): Promise<string> {
  const body = new URLSearchParams({ Action: 'Publish', TopicArn: topicArn, Message: message });
  for (const [index, [name, value]] of Object.entries(attributes).entries()) {
    const prefix = `MessageAttributes.entry.${index + 1}`;
    body.set(`${prefix}.Name`, name);
    body.set(`${prefix}.Value.DataType`, 'String');
    body.set(`${prefix}.Value.StringValue`, value);
  }
  return call(local, 'sns', { method: 'POST', body });
}

async function call({ httpApis }: Local, service: string, request: RequestInit): Promise<string> {
  const { url } = httpApis.find(({ path }) => path.endsWith('/InsideApi'))!;
  const answer = await fetch(`${url}/${service}`, request);
  if (!answer.ok) throw new Error(`${service} answers ${answer.status}: ${await answer.text()}`);
  return answer.text();
}
