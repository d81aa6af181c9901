import type { AssemblyStack } from '../assembly/assembly';
import { LocalError, messageOf } from '../errors';
import { readApis, type ApiModel } from './apis';
import { readCustomDomains, type CustomDomainModel } from './custom-domains';
import { readEventSource, type EventSourceModel } from './event-sources';
import { functionNameOf } from './function-arns';
import { readFunction, type FunctionModel } from './functions';
import { readHttpApis, type HttpApiModel } from './http-apis';
import { readIssuers } from './issuers';
import { readOutputs } from './outputs';
import { readQueue, type QueueModel } from './queues';
import { functionsOfRoute } from './route-functions';
import { readRule, type RuleModel } from './rules';
import { firstOfEachName } from './same-names';
import { readSchedule, type ScheduleModel } from './schedules';
import { readTable, type TableModel } from './tables';
import { readSubscription, readTopic, type SubscriptionModel, type TopicModel } from './topics';
import { unemulated, unemulatedOfFunction } from './unemulated';
import { createScopes } from '../template/scopes';
import type { DefaultEnvironment, StackResource, StackScope } from '../template/stack-scope';
import type { GivenValues, StoredValues } from '../template/stored-values';
import { Unavailable } from '../template/unavailable';
import type { TrustedIssuer } from '../tokens/issuers';

/** The emulated parts of a cloud assembly, and notices of the others. */
export interface AppModel {
  readonly apis: readonly ApiModel[];
  readonly httpApis: readonly HttpApiModel[];
  readonly functions: readonly FunctionModel[];
  readonly tables: readonly TableModel[];
  readonly queues: readonly QueueModel[];
  readonly eventSources: readonly EventSourceModel[];
  readonly schedules: readonly ScheduleModel[];
  readonly rules: readonly RuleModel[];
  readonly topics: readonly TopicModel[];
  readonly subscriptions: readonly SubscriptionModel[];
  /** Outputs of the stacks, as AWS would show them. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Token issuers that the app trusts. */
  readonly issuers: readonly TrustedIssuer[];
  readonly customDomains: readonly CustomDomainModel[];
  /** Values of SSM parameters and secrets. */
  readonly stored: StoredValues;
  /** One sentence for each relevant part that is not emulated. */
  readonly notices: readonly string[];
}

const TABLE_TYPES = ['AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable'];
const SCHEDULE_TYPES = ['AWS::Events::Rule', 'AWS::Scheduler::Schedule'];

/**
 * Reads an app.
 *
 * @param scratch directory for code that is part of the template
 * @param given values from the user that only AWS knows
 */
export async function readApp(
  stacks: readonly AssemblyStack[], defaults: DefaultEnvironment, scratch: string, given?: GivenValues,
): Promise<AppModel> {
  const { scopes, stored } = createScopes(stacks, defaults, given);
  const notices: string[] = [];
  const apis = readApis(scopes, notices);
  if (apis.length === 0) throw new LocalError('no WebSocket API in this cloud assembly: nothing to serve');
  if (apis.every(({ stages }) => stages.length === 0)) {
    throw new LocalError('no stage of a WebSocket API in this cloud assembly: nothing to serve; add a WebSocketStage');
  }
  const httpApis = readHttpApis(scopes, notices);
  const readEach = <T extends object>(types: readonly string[], read: Read<T>): Promise<T[]> => readAvailable(scopes, types, read, notices);
  const tables = firstOfEachName(await readEach(TABLE_TYPES, readTable), 'both are one table here', notices);
  const queues = await readEach(['AWS::SQS::Queue'], readQueue);
  const eventSources = await readEach(['AWS::Lambda::EventSourceMapping'], readEventSource);
  for (const { path, queueArn } of eventSources) {
    if (!queues.some(({ arn }) => arn === queueArn)) notices.push(`${path}: its queue is not in this cloud assembly: nothing is polled`);
  }
  firstOfEachName(queues, 'a caller that names it gets that one', notices);
  const rules = await readEach(['AWS::Events::Rule'], readRule);
  const topics = await readEach(['AWS::SNS::Topic'], readTopic);
  const subscriptions = [...topics.flatMap((topic) => topic.subscriptions), ...await readEach(['AWS::SNS::Subscription'], readSubscription)];
  const schedules = await readEach(SCHEDULE_TYPES, readSchedule);
  const invoked = {
    byRoutes: new Set([...apis, ...httpApis].flatMap(functionsOfApi)),
    byOthers: new Set([
      ...eventSources.map(({ functionArn }) => functionNameOf(functionArn)),
      ...[...schedules, ...rules].flatMap(({ targets }) => targets.map(({ arn }) => functionNameOf(arn))),
      ...subscriptions.map(({ endpoint }) => functionNameOf(endpoint)),
    ]),
  };
  const functions = await readFunctions(scopes, invoked, scratch, notices);
  const customDomains = readCustomDomains(scopes);
  const outputs = readOutputs(scopes, notices);
  const issuers = readIssuers(scopes, functions, httpApis);
  const invoking = { rules, schedules, topics, subscriptions };
  notices.push(...unemulated(scopes, { apis, httpApis, tables, queues, functions, ...invoking }, given?.awsEndpoint));
  notices.push(...scopes.flatMap(({ failures }) => failures));
  return { apis, httpApis, functions, tables, queues, eventSources, ...invoking, outputs, issuers, customDomains, stored, notices };
}

/** Reads a resource, or returns the reason for which it is not emulated; undefined when there is nothing to say. */
type Read<T> = (scope: StackScope, resource: StackResource) => T | string | undefined | Promise<T | string | undefined>;

/** Reads the resources of some types, and adds a notice for each that is not available. */
async function readAvailable<T extends object>(
  scopes: readonly StackScope[], types: readonly string[], read: Read<T>, notices: string[],
): Promise<T[]> {
  const wanted = scopes.flatMap((scope) => scope.resources().filter(({ type }) => types.includes(type)).map((resource) => ({ scope, resource })));
  const models: T[] = [];
  // One after another: functions may share an archive.
  for (const { scope, resource } of wanted) {
    const model = await available(resource, async () => read(scope, resource));
    if (typeof model === 'string') notices.push(model);
    if (typeof model === 'object') models.push(model);
  }
  return models;
}

/** Returns the read value, or the reason for which it is not available here. */
async function available<T>({ path }: StackResource, read: () => Promise<T>): Promise<T | string> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof LocalError) throw error;
    return `${path} is not available here: ${messageOf(error)}`;
  }
}

/** Returns the names of the functions that an API of either kind invokes. */
function functionsOfApi({ routes }: ApiModel | HttpApiModel): string[] {
  return [...routes.values()].flatMap(functionsOfRoute).map(functionNameOf);
}

interface Invoked {
  readonly byRoutes: ReadonlySet<string>;
  /** Functions invoked by event sources and schedules: an app without them is still worth serving. */
  readonly byOthers: ReadonlySet<string>;
}

/** Reads only functions that something here can invoke: no event reaches the others of the template. */
async function readFunctions(
  scopes: readonly StackScope[], { byRoutes, byOthers }: Invoked, scratch: string, notices: string[],
): Promise<FunctionModel[]> {
  const functions: FunctionModel[] = [];
  const considered = new Set<string>();
  const isWanted = (scope: StackScope, { logicalId }: StackResource) => {
    const { ref: name } = scope.identity(logicalId);
    // Functions call one another by names in their variables, or by names from the template.
    const isNamed = () => scope.read(logicalId, 'FunctionName').value !== undefined
      || functions.some(({ variables }) => Object.values(variables).some((value) => value.includes(name)));
    return byRoutes.has(name) || byOthers.has(name) || isNamed();
  };
  const read = async (scope: StackScope, resource: StackResource): Promise<FunctionModel | string | undefined> => {
    const key = `${scope.stack.id}/${resource.logicalId}`;
    if (considered.has(key) || !isWanted(scope, resource)) return undefined;
    considered.add(key);
    const model = await readIt(scope, resource, byRoutes.has(scope.identity(resource.logicalId).ref));
    if (typeof model === 'string') return `${resource.path}: ${model}; what invokes it gets an error`;
    notices.push(...unemulatedOfFunction(model));
    return model;
  };
  const readIt = async (scope: StackScope, resource: StackResource, isOfRoute: boolean): Promise<FunctionModel | string> => {
    try {
      return await readFunction(scope, resource, scopes, scratch);
    } catch (error) {
      // The user has to fix missing or broken code where clients would notice it.
      if (error instanceof Unavailable || (error instanceof LocalError && !isOfRoute)) return error.message;
      throw error;
    }
  };
  for (;;) {
    const found = await readAvailable(scopes, ['AWS::Lambda::Function'], read, notices);
    if (found.length === 0) return functions;
    functions.push(...found);
  }
}
