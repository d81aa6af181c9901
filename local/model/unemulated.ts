import type { ApiModel } from './apis';
import type { TableModel } from './tables';
import type { StackScope } from '../template/stack-scope';

/** Resource types that are emulated, or that change nothing about how an app behaves on one machine. */
const IRRELEVANT = [
  /^AWS::ApiGatewayV2::(Api|Route|Authorizer|Integration|Stage|RouteResponse|IntegrationResponse|Deployment|Model|DomainName|ApiMapping)$/,
  /^AWS::DynamoDB::(Table|GlobalTable)$/,
  /^AWS::SQS::(Queue|QueuePolicy|QueueInlinePolicy)$/,
  /^AWS::(Events::Rule|Scheduler::Schedule|Scheduler::ScheduleGroup)$/,
  /^AWS::Lambda::(Function|Permission|Version|Alias|LayerVersion|EventInvokeConfig|EventSourceMapping)$/,
  /^AWS::(IAM|Logs|CloudWatch|KMS|EC2|CertificateManager|Route53|ApplicationAutoScaling)::/,
  /^AWS::ApiGateway::Account$/,
  /^AWS::CDK::Metadata$/,
  /^AWS::CloudFormation::(WaitCondition|WaitConditionHandle)$/,
  /^(Custom::|AWS::CloudFormation::CustomResource$)/,
];

/** Names what matters in the templates and is not emulated, one sentence each. */
export function unemulated(scopes: readonly StackScope[], apis: readonly ApiModel[], tables: readonly TableModel[]): string[] {
  const pathsByType = new Map<string, string[]>();
  for (const scope of scopes) {
    for (const { type, path } of scope.resources()) {
      if (IRRELEVANT.some((pattern) => pattern.test(type))) continue;
      pathsByType.set(type, [...pathsByType.get(type) ?? [], path]);
    }
  }
  return [
    ...[...pathsByType].map(([type, paths]) => `${type} is not emulated: ${paths.join(', ')}`),
    ...apis.flatMap(unemulatedOfApi),
    ...tables.filter(({ hasStream }) => hasStream).map(({ path }) => `${path}: streams are not emulated`),
  ];
}

function unemulatedOfApi({ path, routes, stages }: ApiModel): string[] {
  const notices = stages.length === 0 ? [`${path} has no stage: it is not served`] : [];
  for (const { key, path: routePath, integration, authorization } of routes.values()) {
    if (authorization !== 'NONE' && authorization !== 'CUSTOM') notices.push(`${routePath}: ${authorization} authorization is not emulated; everybody is let in`);
    if (integration?.type === 'unsupported') notices.push(`${routePath}: ${integration.what} is not emulated; route '${key}' answers with an error`);
    if (integration?.type === 'mock' && usesVelocity(integration.responses.flatMap(({ templates }) => Object.values(templates)))) {
      notices.push(`${routePath}: Velocity templates are not evaluated; they are sent as they are written`);
    }
  }
  return notices;
}

function usesVelocity(templates: readonly string[]): boolean {
  return templates.some((template) => /\$\{?(input|context|util|stageVariables)\b|#(set|if|foreach)\b/.test(template));
}
