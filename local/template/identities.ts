import type { Environment, Identify, Identity } from './identity';
import { inventedIdentity } from './invented';
import { arn, hash, text, uuid } from './names';
import type { TemplateResource } from '../assembly/template';

const identifiers: Record<string, Identify> = {
  'AWS::DynamoDB::Table': identifyTable,
  'AWS::DynamoDB::GlobalTable': identifyTable,
  'AWS::Lambda::Function': (name, environment, property) => {
    const functionName = text(property('FunctionName')) ?? name;
    return { ref: functionName, attributes: { Arn: arn(environment, 'lambda', `function:${functionName}`) } };
  },
  'AWS::Lambda::Version': (_name, environment, property) => {
    const target = text(property('FunctionName')) ?? '';
    const ref = `${target.startsWith('arn:') ? target : arn(environment, 'lambda', `function:${target}`)}:1`;
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
  'AWS::Lambda::Url': (name, environment, property) => {
    const target = text(property('TargetFunctionArn')) ?? name;
    const FunctionArn = target.startsWith('arn:') ? target : arn(environment, 'lambda', `function:${target}`);
    return { ref: FunctionArn, attributes: { FunctionArn, FunctionUrl: `https://${hash(name, 32)}.lambda-url.${environment.region}.on.aws/` } };
  },
  'AWS::ApiGatewayV2::Api': (name, environment, property) => {
    const apiId = hash(name, 10);
    const endpoint = `${property('ProtocolType') === 'HTTP' ? 'https' : 'wss'}://${apiId}.execute-api.${environment.region}.${environment.urlSuffix}`;
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
    const ruleName = text(property('Name')) ?? name;
    const bus = (text(property('EventBusName')) ?? 'default').replace(/^arn:.*:event-bus\//, '');
    const isDefault = bus === 'default';
    return { ref: isDefault ? ruleName : `${bus}|${ruleName}`, attributes: { Arn: arn(environment, 'events', `rule/${isDefault ? '' : `${bus}/`}${ruleName}`) } };
  },
  'AWS::Scheduler::Schedule': (name, environment, property) => {
    const ref = text(property('Name')) ?? name;
    return { ref, attributes: { Arn: arn(environment, 'scheduler', `schedule/${text(property('GroupName')) ?? 'default'}/${ref}`) } };
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
  const identifyKnown = Object.hasOwn(identifiers, resource.Type) ? identifiers[resource.Type] : inventedIdentity(resource.Type);
  return identifyKnown(name, environment, property);
}

/** Returns a stack id in CloudFormation's form: apps derive unique suffixes from its last part. */
export function stackIdOf({ partition, region, account, stackName }: Omit<Environment, 'urlSuffix' | 'stackId'>): string {
  return `arn:${partition}:cloudformation:${region}:${account}:stack/${stackName}/${uuid(`${account}/${region}/${stackName}`)}`;
}

function identifyTable(name: string, environment: Environment, property: (name: string) => unknown): Identity {
  const tableName = text(property('TableName')) ?? name;
  const tableArn = arn(environment, 'dynamodb', `table/${tableName}`);
  // AWS names streams after their creation time.
  const stream: Identity['attributes'] = property('StreamSpecification') === undefined ? {} : { StreamArn: `${tableArn}/stream/2026-01-01T00:00:00.000` };
  return { ref: tableName, attributes: { Arn: tableArn, TableId: uuid(tableArn), ...stream } };
}
