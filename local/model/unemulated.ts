import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { StageModel } from './api-parts';
import { STATUS_VARIABLE, type ApiModel, type MockIntegrationModel, type RouteModel } from './apis';
import type { AppModel } from './app';
import { functionNameOf } from './function-arns';
import type { FunctionModel } from './functions';
import type { HttpApiModel, HttpRouteModel } from './http-apis';
import { functionsOfRoute } from './route-functions';
import type { RuleModel } from './rules';
import type { ScheduleModel } from './schedules';
import { variablesOf } from './selection';
import type { SubscriptionModel } from './topics';
import type { StackScope } from '../template/stack-scope';

/** Resource types that are emulated, or have no effect on an app on one machine. */
const IRRELEVANT = [
  /^AWS::ApiGatewayV2::(Api|Route|Authorizer|Integration|Stage|RouteResponse|IntegrationResponse|Deployment|DomainName|ApiMapping)$/,
  /^AWS::DynamoDB::(Table|GlobalTable)$/,
  /^AWS::(SSM::Parameter|SecretsManager::Secret|SecretsManager::ResourcePolicy)$/,
  /^AWS::SQS::(Queue|QueuePolicy|QueueInlinePolicy)$/,
  /^AWS::(Events::(Rule|EventBus|EventBusPolicy)|Scheduler::(Schedule|ScheduleGroup))$/,
  /^AWS::SNS::(Topic|TopicPolicy|TopicInlinePolicy|Subscription)$/,
  /^AWS::Lambda::(Function|Permission|Version|Alias|LayerVersion|LayerVersionPermission|EventSourceMapping)$/,
  /^AWS::(IAM|CloudWatch|KMS|CertificateManager|Route53|ApplicationAutoScaling)::/,
  // Logs that feed something, and machines, are no matter of the network or of keeping.
  /^AWS::Logs::(?!(SubscriptionFilter|Destination)$)/,
  /^AWS::EC2::(?!(Instance|EC2Fleet|SpotFleet)$)/,
  /^AWS::ApiGateway::Account$/,
  /^AWS::CDK::Metadata$/,
  /^AWS::CloudFormation::(Stack|WaitCondition|WaitConditionHandle)$/,
  // Custom resources that the CDK adds itself, without effect here.
  /^Custom::(LogRetention|S3AutoDeleteObjects|S3BucketNotifications|VpcRestrictDefaultSG|CrossRegionExportWriter|CrossRegionExportReader|CDKBucketDeployment)$/,
];

/** Custom resources of the app or of a library. */
const CUSTOM = /^(Custom::|AWS::CloudFormation::CustomResource$)/;

/** Default quota of an API. */
const MAX_ROUTES = 300;

/** Describes each relevant part of the templates that is not emulated, in one sentence. */
export function unemulated(scopes: readonly StackScope[], app: Omit<AppModel, 'notices' | 'outputs' | 'issuers' | 'customDomains' | 'stored' | 'eventSources'>, awsEndpoint?: string): string[] {
  const { apis, httpApis, tables, functions, rules, schedules, topics } = app;
  const pathsByType = new Map<string, string[]>();
  for (const scope of scopes) {
    for (const { type, path, logicalId } of scope.resources()) {
      if (IRRELEVANT.some((pattern) => pattern.test(type))) continue;
      // The emulator needs the resource under the name that functions use.
      const name = awsEndpoint === undefined || CUSTOM.test(type) ? '' : ` (${nameOf(scope, logicalId)})`;
      pathsByType.set(type, [...pathsByType.get(type) ?? [], path + name]);
    }
  }
  const becomes = (type: string) => CUSTOM.test(type) ? 'not run, although AWS runs it when the app is deployed' : awsEndpoint === undefined ? 'not emulated' : `left to ${awsEndpoint}`;
  const inAssembly = new Set([...functions.map(({ name }) => name), ...scopes.flatMap(namesOfFunctions)]);
  const arns = new Set([...app.queues, ...topics].map(({ arn }) => arn));
  const isThere = (arn: string) => arns.has(arn) || inAssembly.has(functionNameOf(arn));
  return [
    ...[...pathsByType].map(([type, paths]) => `${type} is ${becomes(type)}: ${paths.join(', ')}`),
    ...apis.flatMap(unemulatedOfApi),
    ...httpApis.flatMap(unemulatedOfHttpApi),
    ...[...apis, ...httpApis].flatMap(({ routes }) => [...routes.values()].flatMap((route) => elsewhere(route, inAssembly))),
    ...[...rules, ...schedules].flatMap((rule) => unemulatedOfTargets(rule, isThere)),
    ...topics.flatMap((topic) => topic.unemulated),
    ...app.subscriptions.flatMap((subscription) => unemulatedOfSubscription(subscription, isThere)),
    ...tables.filter(({ hasStream }) => hasStream).map(({ path }) => `${path}: streams are not emulated`),
  ];
}

function nameOf(scope: StackScope, logicalId: string): string {
  try {
    return scope.identity(logicalId).ref;
  } catch {
    return 'its name refers to itself';
  }
}

function namesOfFunctions(scope: StackScope): string[] {
  return scope.resources().filter(({ type }) => type === 'AWS::Lambda::Function').map(({ logicalId }) => scope.identity(logicalId).ref);
}

/** Describes functions of a route that another app deploys. */
function elsewhere(route: RouteModel | HttpRouteModel, inAssembly: ReadonlySet<string>): string[] {
  const { key, path } = route;
  return functionsOfRoute(route).map(functionNameOf).filter((name) => !inAssembly.has(name)).map((name) => `${path}: the function ${name} is not in this cloud assembly; route '${key}' answers with an error`);
}

function unemulatedOfApi({ path, routes, stages }: ApiModel): string[] {
  const notices = stages.length === 0 ? [`${path} has no stage: it is not served`] : [];
  if (routes.size > MAX_ROUTES) notices.push(`${path} has ${routes.size} routes; API Gateway takes ${MAX_ROUTES}, unless the quota of the account is higher`);
  for (const { key, path: routePath, integration, authorization, needsApiKey } of routes.values()) {
    const isIam = authorization === 'AWS_IAM' && key === '$connect';
    if (needsApiKey) notices.push(`${routePath}: API keys are not emulated; requests need none`);
    if (!['NONE', 'CUSTOM'].includes(authorization) && !isIam) notices.push(`${routePath}: ${authorization} authorization is not emulated; every client is let in`);
    if (integration?.type === 'unsupported') notices.push(`${routePath}: ${integration.what} is not emulated; route '${key}' answers with an error`);
    if (integration?.type === 'mock') notices.push(...unemulatedOfMock(integration).map((what) => `${routePath}: ${what}`));
  }
  return [...notices, ...stages.flatMap(unemulatedOfStage)];
}

function unemulatedOfTargets({ path, targets }: RuleModel | ScheduleModel, isThere: (arn: string) => boolean): string[] {
  return targets.flatMap(({ arn, type }) => {
    if (type === 'unsupported') return [`${path}: only functions, queues, topics and event buses are emulated as targets, got ${arn}; it gets nothing`];
    return type === 'bus' || isThere(arn) ? [] : [`${path}: its target ${arn} is not in this cloud assembly; it gets nothing`];
  });
}

function unemulatedOfSubscription({ path, topicArn, endpoint }: SubscriptionModel, isThere: (arn: string) => boolean): string[] {
  if (!isThere(topicArn)) return [`${path}: its topic ${topicArn} is not in this cloud assembly; it gets nothing`];
  return isThere(endpoint) ? [] : [`${path}: its endpoint ${endpoint} is not in this cloud assembly; it gets nothing`];
}

function unemulatedOfHttpApi({ path, routes, stages, unread }: HttpApiModel): string[] {
  return [
    ...stages.length === 0 ? [`${path} has no stage: it is not served`] : [],
    ...unread.map((property) => `${path}: its ${property} is not read: routes of an OpenAPI document are not served`),
    ...routes.flatMap(({ key, path: routePath, integration }) => integration.type === 'unsupported' ? [`${routePath}: ${integration.what} is not emulated; route '${key}' answers with an error`] : []),
    ...stages.flatMap(unemulatedOfStage),
  ];
}

export function unemulatedOfFunction({ path, layers, variables, unknownLayers, unknownVariables }: FunctionModel): string[] {
  const wrapper = variables.AWS_LAMBDA_EXEC_WRAPPER;
  return [
    ...wrapper === undefined ? [] : [`${path}: its wrapper script ${wrapper} is not run`],
    ...layers.some((layer) => existsSync(join(layer, 'extensions'))) ? [`${path}: the extensions in its layers are not run`] : [],
    ...unknownLayers.map((arn) => `${path}: its layer ${arn} is not available here: it is left out`),
    ...Object.entries(unknownVariables).map(([name, why]) => `${path}: its variable ${name} is not set: ${why}`),
  ];
}

function unemulatedOfMock({ requestTemplates, requestSelection, responses, responseSelection }: MockIntegrationModel): string[] {
  const templates = [requestTemplates, ...responses.map((response) => response.templates)].flatMap((each) => Object.values(each));
  const selections = [requestSelection, responseSelection, ...responses.map(({ selection }) => selection)].flatMap((each) => each ?? []);
  const strange = selections.find((selection) => variablesOf(selection).some((name) => name !== STATUS_VARIABLE && !/^request\.body[.[]/.test(name)));
  return [
    ...(templates.some(usesVelocity) ? ['Velocity templates are not evaluated; they are taken as they are written'] : []),
    ...(strange === undefined ? [] : [`the selection expression ${strange} is not evaluated; it selects $default`]),
  ];
}

function usesVelocity(template: string): boolean {
  return /\$!?\{?(input|context|util|stageVariables)\b|^\s*#(set|if|foreach|macro)\b/m.test(template);
}

/** AWS does not document the effect of a rate without a burst, or a burst without a rate. */
function unemulatedOfStage({ path, throttle, routeThrottles = {} }: StageModel): string[] {
  return [['default route settings', throttle] as const, ...Object.entries(routeThrottles).map(([key, settings]) => [`settings of route '${key}'`, settings] as const)]
    .filter(([, settings]) => settings && (settings.rate === undefined || settings.burst === undefined))
    .map(([what]) => `${path}: the ${what} have only one of rate and burst; the other one is not limited here, but may be 0 on AWS`);
}
