import { createHash } from 'node:crypto';
import type { TemplateResource } from '../assembly/assembly';

/** Where a stack is deployed, as far as its template can tell. */
export interface Environment {
  readonly account: string;
  readonly region: string;
  readonly partition: string;
  readonly urlSuffix: string;
  readonly stackId: string;
  readonly stackName: string;
}

/** What CloudFormation would say of a resource: its `Ref`, and the attributes that `Fn::GetAtt` reads. */
export interface Identity {
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/**
 * Gives a resource the name that it would have on AWS. Names that AWS makes up are made of a hash here, so that they stay
 * the same from run to run.
 *
 * @param property reads a property of the resource, resolved
 */
type Identify = (name: string, environment: Environment, property: (name: string) => unknown) => Identity;

const identifiers: Record<string, Identify> = {
  'AWS::DynamoDB::Table': identifyTable,
  'AWS::DynamoDB::GlobalTable': identifyTable,
  'AWS::Lambda::Function': (name, environment, property) => {
    const functionName = text(property('FunctionName')) ?? name;
    return { ref: functionName, attributes: { Arn: arn(environment, 'lambda', `function:${functionName}`) } };
  },
  'AWS::Lambda::Version': (_name, _environment, property) => {
    const ref = `${text(property('FunctionName'))}:1`;
    return { ref, attributes: { FunctionArn: ref, Version: '1' } };
  },
  'AWS::Lambda::Alias': (_name, environment, property) => {
    const target = text(property('FunctionName')) ?? '';
    const functionArn = target.startsWith('arn:') ? target : arn(environment, 'lambda', `function:${target}`);
    const ref = `${functionArn}:${text(property('Name'))}`;
    return { ref, attributes: { AliasArn: ref } };
  },
  'AWS::Lambda::LayerVersion': (name, environment, property) => {
    const ref = `${arn(environment, 'lambda', `layer:${text(property('LayerName')) ?? name}`)}:1`;
    return { ref, attributes: { LayerVersionArn: ref } };
  },
  'AWS::ApiGatewayV2::Api': (name, environment) => {
    const apiId = hash(name, 10);
    const endpoint = `wss://${apiId}.execute-api.${environment.region}.${environment.urlSuffix}`;
    return { ref: apiId, attributes: { ApiId: apiId, ApiEndpoint: endpoint } };
  },
  'AWS::ApiGatewayV2::Stage': (name, _environment, property) => ({ ref: text(property('StageName')) ?? name, attributes: {} }),
  'AWS::SQS::Queue': (name, environment, property) => {
    const fifo = String(property('FifoQueue')) === 'true' ? '.fifo' : '';
    const QueueName = text(property('QueueName')) ?? `${name.slice(0, 80 - fifo.length)}${fifo}`;
    const ref = `https://sqs.${environment.region}.${environment.urlSuffix}/${environment.account}/${QueueName}`;
    return { ref, attributes: { QueueName, QueueUrl: ref, Arn: arn(environment, 'sqs', QueueName) } };
  },
  'AWS::Events::Rule': (name, environment, property) => {
    const ref = text(property('Name')) ?? name;
    return { ref, attributes: { Arn: arn(environment, 'events', `rule/${ref}`) } };
  },
  'AWS::Scheduler::Schedule': (name, environment, property) => {
    const ref = text(property('Name')) ?? name;
    return { ref, attributes: { Arn: arn(environment, 'scheduler', `schedule/${text(property('GroupName')) ?? 'default'}/${ref}`) } };
  },
  'AWS::IAM::Role': (name, environment, property) => {
    const roleName = text(property('RoleName')) ?? name;
    return { ref: roleName, attributes: { Arn: `arn:${environment.partition}:iam::${environment.account}:role/${roleName}` } };
  },
  'AWS::Logs::LogGroup': (name, environment, property) => {
    const groupName = text(property('LogGroupName')) ?? name;
    return { ref: groupName, attributes: { Arn: `${arn(environment, 'logs', `log-group:${groupName}`)}:*` } };
  },
};

export function identify(
  stackId: string, logicalId: string, resource: TemplateResource, environment: Environment, property: (name: string) => unknown,
): Identity {
  const name = `${environment.stackName}-${logicalId}-${hash(`${stackId}/${logicalId}`, 12).toUpperCase()}`;
  const known = identifiers[resource.Type];
  if (known) return known(name, environment, property);
  const service = resource.Type.split('::')[1]?.toLowerCase() ?? '';
  return { ref: name, attributes: { Arn: arn(environment, service, name) } };
}

function identifyTable(name: string, environment: Environment, property: (name: string) => unknown): Identity {
  const tableName = text(property('TableName')) ?? name;
  return { ref: tableName, attributes: { Arn: arn(environment, 'dynamodb', `table/${tableName}`) } };
}

function arn(environment: Environment, service: string, resource: string): string {
  return `arn:${environment.partition}:${service}:${environment.region}:${environment.account}:${resource}`;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Lower-case letters and digits. */
function hash(input: string, length: number): string {
  const digest = createHash('sha256').update(input).digest();
  return Array.from(digest.subarray(0, length), (byte) => (byte % 36).toString(36)).join('');
}
