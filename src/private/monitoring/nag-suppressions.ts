import * as cdk from 'aws-cdk-lib';
import { CfnResource, Stack } from 'aws-cdk-lib';
import { type WebSocketRoute, type WebSocketStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { Policy } from 'aws-cdk-lib/aws-iam';
import { type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { type IConstruct } from 'constructs';

/*
 * The findings of cdk-nag's AwsSolutions rules that are intended, each with its reason. Nothing here depends on cdk-nag: version 2
 * reads the metadata of resources; version 3, which needs aws-cdk-lib 2.257, reads what was acknowledged by `Validations`.
 *
 * An explanation is a convenience: whatever it meets, it never keeps an app from synthesising. A finding that could not be
 * explained is not lost: cdk-nag reports it.
 *
 * `Validations` by version of aws-cdk-lib: absent before 2.251; without `acknowledge` in 2.251; throws on an id with two `::`,
 * such as one with an ARN of AWS, from 2.252 to 2.268; takes all of ours from 2.269 on.
 */

interface Acknowledging {
  of(scope: IConstruct): { acknowledge?(rule: { readonly id: string; readonly reason: string }): void };
}

const FUNCTION_POLICIES = ['AWSLambdaBasicExecutionRole', 'AWSLambdaVPCAccessExecutionRole'];

/* Permissions of our functions that have a wildcard, by the name of the finding, with the reason. The first match counts. */
const WILDCARDS: readonly [RegExp, string][] = [
  [/^Resource::.*\/POST\/@connections\/\*$/, 'The function delivers to every connection of this one stage'],
  [/^Resource::.*\/DELETE\/@connections\/\*$/, 'The function closes any connection of this one stage'],
  [/^Action::kms:(ReEncrypt|GenerateDataKey)\*$/, 'DynamoDB asks for these actions on the key of the table'],
  [/^Resource::\*$/, 'X-Ray takes traces for no resource in particular'],
];

/** Why there is no access log, unless there is. */
export function suppressStage(stage: WebSocketStage, hasAccessLogs: boolean): void {
  if (hasAccessLogs) return;
  suppress(stage, 'AwsSolutions-APIG1', 'API Gateway refuses to log before the account has a role for it, which would fail the first deployment: see accessLogs');
}

/** Why a route has no authorizer. */
export function suppressRoute(route: WebSocketRoute): void {
  suppress(route, 'AwsSolutions-APIG4', route.routeKey === '$connect'
    ? 'Everybody may connect, which is the default: see authorizer'
    : 'API Gateway authorizes the clients of WebSocket APIs when they connect, and at no other route');
}

/** Why the table has no point-in-time recovery. */
export function suppressTable(table: IConstruct): void {
  suppress(table, 'AwsSolutions-DDB3', 'Its rows stand for open connections: there is nothing in them to recover');
}

/** Why the table of a history has no point-in-time recovery. */
export function suppressHistoryTable(table: IConstruct): void {
  suppress(table, 'AwsSolutions-DDB3', 'Its messages expire within days, and backups are billed: see pointInTimeRecovery of history');
}

/** Why a role has a policy of AWS. */
export function suppressManagedPolicy(role: IConstruct, policies: readonly string[], reason: string): void {
  suppress(role, 'AwsSolutions-IAM4', reason, ...policies.map((name) => `Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/${name}`));
}

/**
 * Why a function of ours may do what has a wildcard in it; call it when all is granted, so that what users add is not explained by us, and
 * again when more is granted later.
 */
export function suppressFunction(handler: LambdaFunction): void {
  attempt(() => suppressManagedPolicy(handler.role!, FUNCTION_POLICIES, 'It lets the function write its log and, in a VPC, have a network interface'));
  attempt(() => suppressWildcards(handler.role!));
}

function suppressWildcards(role: IConstruct): void {
  const policy = role.node.tryFindChild('DefaultPolicy');
  if (!(policy instanceof Policy)) return;
  const wildcards = wildcardsIn(Stack.of(policy).resolve(policy.document) as Document | undefined);
  for (const [pattern, reason] of WILDCARDS) {
    const explained = wildcards.filter((wildcard) => pattern.test(wildcard));
    if (explained.length > 0) suppress(policy, 'AwsSolutions-IAM5', reason, ...explained);
  }
}

interface Document {
  readonly Statement: readonly { readonly Action?: string | string[]; readonly Resource?: unknown }[];
}

function wildcardsIn({ Statement: statements }: Document = { Statement: [] }): string[] {
  const findings = statements.flatMap(({ Action: actions = [], Resource: resources = [] }) => [
    ...[actions].flat().map((action) => `Action::${action}`),
    ...[resources].flat().map((resource) => `Resource::${flat(resource)}`),
  ]);
  return [...new Set(findings)].filter((finding) => finding.includes('*'));
}

/** @param findings those that are intended, of a rule that has several; all, if it has only one */
function suppress(construct: IConstruct, rule: string, reason: string, ...findings: string[]): void {
  attempt(() => addMetadata(construct, { id: rule, reason, ...(findings.length > 0 && { applies_to: findings }) }));
  const ids = findings.length > 0 ? findings.map((finding) => `${rule}[${finding}]`) : [rule];
  // One at a time: a version that refuses one may take the others.
  for (const id of ids) attempt(() => acknowledge(construct, { id, reason }));
}

/** Runs a step of an explanation; a step that fails leaves its finding to cdk-nag. */
function attempt(step: () => void): void {
  try {
    step();
  } catch {
    // Nobody who does not run cdk-nag misses anything, and who does sees the finding.
  }
}

/** For cdk-nag 2. */
function addMetadata(construct: IConstruct, suppression: { readonly id: string; readonly reason: string }): void {
  const resource = construct.node.defaultChild;
  if (!CfnResource.isCfnResource(resource)) return;
  const known = (resource.getMetadata('cdk_nag') as { readonly rules_to_suppress?: object[] } | undefined)?.rules_to_suppress ?? [];
  if (known.some((each) => JSON.stringify(each) === JSON.stringify(suppression))) return;
  resource.addMetadata('cdk_nag', { rules_to_suppress: [...known, suppression] });
}

/** For cdk-nag 3. */
function acknowledge(construct: IConstruct, rule: { readonly id: string; readonly reason: string }): void {
  const { Validations } = cdk as unknown as { readonly Validations?: Acknowledging };
  Validations?.of(construct).acknowledge?.(rule);
}

/** A resolved value as cdk-nag writes it in the names of its findings. */
function flat(value: unknown): string {
  if (value === null || typeof value !== 'object') return String(value);
  const { Ref: ref, 'Fn::Join': join, 'Fn::GetAtt': attribute } = value as { 'Ref'?: unknown; 'Fn::Join'?: unknown[]; 'Fn::GetAtt'?: unknown[] };
  if (typeof ref === 'string') return `<${ref}>`;
  if (Array.isArray(join?.[1])) return join[1].map(flat).join(String(join[0]));
  return Array.isArray(attribute) ? `<${attribute.join('.')}>` : JSON.stringify(value);
}
