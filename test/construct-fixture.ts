import { App, type CfnElement, Stack, type StackProps } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { type IConstruct } from 'constructs';
import { BroadcastWebSocketApi, type BroadcastWebSocketApiProps } from '../src';

// TableV2 of some versions of aws-cdk-lib calls methods that the same version has deprecated.
process.env.JSII_DEPRECATED = 'quiet';

/** Reference to a value of another stack; the form depends on the flags of the app. */
export const CROSS_STACK = /"Fn::(ImportValue|GetStackOutput)"/;

export interface Resource {
  readonly Type: string;
  readonly Properties: Record<string, any>;
  readonly DependsOn?: string[];
}

export interface Statement {
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

export function newStack(context: Record<string, unknown> = {}, props: StackProps = {}): Stack {
  return new Stack(new App({ context }), 'Test', props);
}

/** Creates an API in a stack of its own; `propsOf` gets the stack to create referenced resources in it. */
export function newApi(propsOf: (stack: Stack) => BroadcastWebSocketApiProps = () => ({}), stack = newStack()): BroadcastWebSocketApi {
  return new BroadcastWebSocketApi(stack, 'Api', propsOf(stack));
}

export function templateOf(construct: IConstruct): Template {
  return Template.fromStack(Stack.of(construct));
}

export function logicalId(construct: IConstruct): string {
  return Stack.of(construct).getLogicalId((construct.node.defaultChild ?? construct) as CfnElement);
}

/** Returns the synthesized resource of an L2 construct. */
export function resourceOf(construct: IConstruct): Resource {
  return templateOf(construct).toJSON().Resources[logicalId(construct)];
}

export function resourcesOf(construct: IConstruct, type: string): Resource[] {
  return Object.values(templateOf(construct).findResources(type)) as Resource[];
}

export function environmentOf(handler: LambdaFunction): Record<string, unknown> {
  return resourceOf(handler).Properties.Environment.Variables;
}

/** Returns every statement that policies of the stack grant to a function's role, in the form of `eachPermission`. */
export function statementsOf(handler: LambdaFunction): Statement[] {
  return eachPermission(resourcesOf(handler, 'AWS::IAM::Policy')
    .filter((policy) => policy.Properties.Roles.some((role: { Ref: string }) => role.Ref === logicalId(handler.role!)))
    .flatMap((policy) => policy.Properties.PolicyDocument.Statement));
}

/** Splits statements into one per action and resource, sorted: their grouping depends on the flags of the app. */
export function eachPermission(statements: Statement[]): Statement[] {
  return statements
    .flatMap(({ Action, Resource, Condition }) => [Action].flat().flatMap((action) => [Resource].flat().map((resource) => (
      { Action: action, Resource: resource, ...(Condition !== undefined && { Condition }) }))))
    .sort((one, other) => JSON.stringify(one) < JSON.stringify(other) ? -1 : 1);
}

/** Returns the actions that a function may perform on a resource, sorted. */
export function actionsOn(resource: unknown, handler: LambdaFunction): string[] {
  const arn = JSON.stringify(Stack.of(handler).resolve(resource));
  return statementsOf(handler).filter(({ Resource }) => JSON.stringify(Resource) === arn).map(({ Action }) => String(Action)).sort();
}

/** Expects an error before the construct has created anything. */
export function expectRefused(props: object, message: string | RegExp, stack: Stack = newStack()): void {
  const before = stack.node.findAll().length;
  expect(() => new BroadcastWebSocketApi(stack, 'Api', props)).toThrow(message);
  expect(stack.node.findAll()).toHaveLength(before);
}
