import { DomainName } from 'aws-cdk-lib/aws-apigatewayv2';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { UserPool, UserPoolClient } from 'aws-cdk-lib/aws-cognito';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Tracing } from 'aws-cdk-lib/aws-lambda';
import { environmentOf, newApi, newStack, resourcesOf, templateOf } from './construct-fixture';
import { BroadcastWebSocketApi, FanOut, WebSocketJwtAuthorizer } from '../src';
import { ENV } from '../src/private/contract';

/* No part of a template may depend on one partition of AWS: hosts, principals and ARNs follow the partition of the deployment. */

const ACCOUNT = '111111111111';

/** A region of each partition, with the suffix of its hosts. */
const PARTITIONS = [
  ['aws', 'eu-west-1', 'amazonaws.com'],
  ['aws-cn', 'cn-north-1', 'amazonaws.com.cn'],
  ['aws-us-gov', 'us-gov-west-1', 'amazonaws.com'],
  ['aws-iso', 'us-iso-east-1', 'c2s.ic.gov'],
  ['aws-iso-b', 'us-isob-east-1', 'sc2s.sgov.gov'],
] as const;

const CASES = PARTITIONS.flatMap(([partition, region, urlSuffix]) => [
  { partition, region, urlSuffix, stack: 'a stack for that region', env: { account: ACCOUNT, region } },
  { partition, region, urlSuffix, stack: 'an agnostic stack', env: undefined },
]);

type Case = typeof CASES[number];

function everything({ partition, region, env }: Case): BroadcastWebSocketApi {
  const stack = newStack({}, { env });
  const encryptionKey = new Key(stack, 'Key');
  const userPool = UserPool.fromUserPoolId(stack, 'Users', 'region_Pool');
  const certificate = Certificate.fromCertificateArn(stack, 'Certificate', `arn:${partition}:acm:${region}:${ACCOUNT}:certificate/x`);
  const options = { tracing: Tracing.ACTIVE, vpc: new Vpc(stack, 'Vpc', { maxAzs: 1, natGateways: 0 }) };
  const api = newApi(() => ({
    encryptionKey,
    fanOut: FanOut.queued(),
    authorizer: WebSocketJwtAuthorizer.cognito(userPool, [UserPoolClient.fromUserPoolClientId(stack, 'Page', 'client')], { encryptionKey, handlerOptions: options }),
    accessLogs: { createAccountRole: true },
    domainMapping: { domainName: new DomainName(stack, 'Domain', { domainName: 'chat.example.com', certificate }) },
    connectionHandlerOptions: options,
    messageHandlerOptions: options,
    deliveryHandlerOptions: options,
  }), stack);
  api.addAlarms();
  api.addDashboard();
  return api;
}

/** Evaluates a template value for a partition, as far as pseudo parameters are concerned. */
function deployed(value: unknown, where: Case): unknown {
  if (Array.isArray(value)) return value.map((each) => deployed(each, where));
  if (value === null || typeof value !== 'object') return value;
  const pseudo: Record<string, string> = {
    'AWS::Partition': where.partition, 'AWS::Region': where.region, 'AWS::URLSuffix': where.urlSuffix, 'AWS::AccountId': ACCOUNT,
  };
  const entries = Object.entries(value).map(([key, each]) => [key, deployed(each, where)] as const);
  const [[name, argument] = []] = entries;
  if (name === 'Ref') return pseudo[argument as string] ?? `<${String(argument)}>`;
  if (name === 'Fn::Join') return (argument as [string, unknown[]])[1].map((part) => typeof part === 'string' ? part : JSON.stringify(part)).join((argument as [string])[0]);
  return Object.fromEntries(entries);
}

/** Returns every text of a value, with its path. */
function textsIn(value: unknown, path: string[] = []): { path: string; text: string }[] {
  if (typeof value === 'string') return [{ path: path.join('.'), text: value }];
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, each]) => textsIn(each, [...path, key]));
}

describe.each(CASES)('$partition, $stack', (where) => {
  const api = everything(where);
  const template = templateOf(api).toJSON();
  const texts = textsIn(deployed(template, where));

  test('lets CloudWatch Logs of the partition use the key', () => {
    const policies = resourcesOf(api, 'AWS::KMS::Key').map(({ Properties }) => deployed(Properties.KeyPolicy, where) as { Statement: { Principal: { Service?: string } }[] });
    expect(policies.flatMap(({ Statement }) => Statement).flatMap(({ Principal }) => Principal.Service ?? [])).toContain(`logs.${where.region}.${where.urlSuffix}`);
  });

  test('has no ARN of another partition', () => {
    const arns = texts.flatMap(({ text }) => text.match(/arn:[a-z-]*(?=:)/g) ?? []);
    expect(arns.length).toBeGreaterThan(20);
    expect([...new Set(arns)]).toEqual([`arn:${where.partition}`]);
  });

  test('has no host of another partition', () => {
    // The principals of most services have the same name in all partitions.
    const hosts = texts.filter(({ text }) => !/^(apigateway|lambda|events|sns|sqs|delivery\.logs)\.amazonaws\.com$/.test(text))
      .flatMap(({ text }) => text.match(/[\w.<>-]+\.(amazonaws\.com(\.cn)?|c2s\.ic\.gov|sc2s\.sgov\.gov)(?![\w.-])/g) ?? []);
    expect(hosts.length).toBeGreaterThan(2);
    expect(hosts.filter((host) => !host.endsWith(`.${where.region}.${where.urlSuffix}`))).toEqual([]);
  });

  test('leads functions to the API and to the issuer in that region', () => {
    const callbackUrl = deployed(environmentOf(api.deliveryHandler)[ENV.callbackUrl], where);
    expect(callbackUrl).toMatch(new RegExp(`^https://<\\w+>\\.execute-api\\.${where.region}\\.${where.urlSuffix.replaceAll('.', '\\.')}/prod$`));
    expect(texts.map(({ text }) => text)).toContain(`https://cognito-idp.${where.region}.${where.urlSuffix}/region_Pool`);
  });
});

test.each(CASES)('$partition, $stack: an imported API is asked for in its partition', (where) => {
  const stack = newStack({}, { env: where.env });
  const api = BroadcastWebSocketApi.fromBroadcastWebSocketApiAttributes(stack, 'Imported', { webSocketApiId: 'abc' });
  expect(deployed(stack.resolve([api.url, api.callbackUrl]), where))
    .toEqual([`wss://abc.execute-api.${where.region}.${where.urlSuffix}/prod`, `https://abc.execute-api.${where.region}.${where.urlSuffix}/prod`]);
});
