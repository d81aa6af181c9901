import type { AssemblyStack } from '../assembly/assembly';
import { LocalError } from '../errors';
import { readApis, type ApiModel } from './apis';
import { functionNameOf, readEventSource, type EventSourceModel } from './event-sources';
import { readFunction, type FunctionModel } from './functions';
import { readQueue, type QueueModel } from './queues';
import { readSchedule, type ScheduleModel } from './schedules';
import { readTable, type TableModel } from './tables';
import { unemulated, unemulatedOfFunction } from './unemulated';
import { createScopes, type DefaultEnvironment, type StackResource, type StackScope } from '../template/stack-scope';

/** Everything in a cloud assembly that is run here, and what is not. */
export interface AppModel {
  readonly apis: readonly ApiModel[];
  readonly functions: readonly FunctionModel[];
  readonly tables: readonly TableModel[];
  readonly queues: readonly QueueModel[];
  readonly eventSources: readonly EventSourceModel[];
  readonly schedules: readonly ScheduleModel[];
  /** One sentence for each thing that matters and is not emulated. */
  readonly notices: readonly string[];
}

const TABLE_TYPES = ['AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable'];
const SCHEDULE_TYPES = ['AWS::Events::Rule', 'AWS::Scheduler::Schedule'];

/** @param scratch a directory for code that stands in the template itself */
export function readApp(stacks: readonly AssemblyStack[], defaults: DefaultEnvironment, scratch: string): AppModel {
  const scopes = createScopes(stacks, defaults);
  const apis = readApis(scopes);
  if (apis.length === 0) throw new LocalError('no WebSocket API in this cloud assembly: nothing to serve');
  if (apis.every(({ stages }) => stages.length === 0)) {
    throw new LocalError('no stage of a WebSocket API in this cloud assembly: nothing to serve; add a WebSocketStage');
  }
  const notices: string[] = [];
  const tables = readEach(scopes, TABLE_TYPES, readTable);
  const queues = readEach(scopes, ['AWS::SQS::Queue'], readQueue);
  const eventSources = withoutNotices(readEach(scopes, ['AWS::Lambda::EventSourceMapping'], readEventSource), notices);
  for (const { path, queueArn } of eventSources) {
    if (!queues.some(({ arn }) => arn === queueArn)) notices.push(`${path}: its queue is not in this cloud assembly: nothing is polled`);
  }
  refuseSameNames('tables', tables);
  refuseSameNames('queues', queues);
  const schedules = withoutNotices(readEach(scopes, SCHEDULE_TYPES, readSchedule), notices);
  const invoked = {
    byRoutes: new Set(apis.flatMap(functionsOfApi)),
    byOthers: new Set([
      ...eventSources.map(({ functionName }) => functionName),
      ...schedules.flatMap(({ targets }) => targets.map(({ arn }) => functionNameOf(arn))),
    ]),
  };
  const functions = readFunctions(scopes, invoked, scratch, notices);
  refuseSameNames('functions', functions);
  notices.push(...unemulated(scopes, apis, tables));
  return { apis, functions, tables, queues, eventSources, schedules, notices };
}

function readEach<T>(scopes: readonly StackScope[], types: readonly string[], read: (scope: StackScope, resource: StackResource) => T): T[] {
  return scopes.flatMap((scope) => scope.resources().filter(({ type }) => types.includes(type)).map((resource) => read(scope, resource)));
}

/** On AWS names are unique in a region; here one database, say, stands for all regions. */
function refuseSameNames(what: string, models: readonly { readonly name: string; readonly path: string }[]): void {
  const paths = new Map<string, string>();
  for (const { name, path } of models) {
    const other = paths.get(name);
    if (other !== undefined) {
      throw new LocalError(`the names of ${what} must differ, also those of several regions, got '${name}' for ${other} and ${path}; leave it out, or make the region part of it`);
    }
    paths.set(name, path);
  }
}

/** Sets aside what is not there, and what is a sentence that says why it is not emulated. */
function withoutNotices<T extends object>(read: readonly (T | string | undefined)[], notices: string[]): T[] {
  notices.push(...read.filter((item) => typeof item === 'string'));
  return read.filter((item): item is T => typeof item === 'object');
}

function functionsOfApi({ routes }: ApiModel): string[] {
  return [...routes.values()].flatMap(({ integration, authorizer }) => [
    ...(integration?.type === 'lambda' ? [integration.functionName] : []),
    ...(authorizer ? [authorizer.functionName] : []),
  ]);
}

interface Invoked {
  readonly byRoutes: ReadonlySet<string>;
  /** By event sources and schedules: an app without these is still worth serving. */
  readonly byOthers: ReadonlySet<string>;
}

/** Only the functions that something here invokes: a template may hold others that no event of ours ever reaches. */
function readFunctions(scopes: readonly StackScope[], { byRoutes, byOthers }: Invoked, scratch: string, notices: string[]): FunctionModel[] {
  const functions: FunctionModel[] = [];
  const read = (scope: StackScope, resource: StackResource): void => {
    const name = scope.identity(resource.logicalId).ref;
    if (!byRoutes.has(name) && !byOthers.has(name)) return;
    try {
      const model = readFunction(scope, resource, scratch);
      if (typeof model !== 'string') functions.push(model);
      notices.push(...(typeof model === 'string' ? [`${resource.path}: ${model}; what invokes it gets an error`] : unemulatedOfFunction(model)));
    } catch (error) {
      if (byRoutes.has(name) || !(error instanceof LocalError)) throw error;
      notices.push(`${resource.path} is not run: ${error.message}`);
    }
  };
  readEach(scopes, ['AWS::Lambda::Function'], read);
  return functions;
}
