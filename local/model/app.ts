import type { AssemblyStack } from '../assembly/assembly';
import { LocalError } from '../errors';
import { readApis, type ApiModel } from './apis';
import { readFunction, type FunctionModel } from './functions';
import { readTable, type TableModel } from './tables';
import { unemulated } from './unemulated';
import { createScopes, type DefaultEnvironment, type StackScope } from '../template/stack-scope';

/** Everything in a cloud assembly that is run here, and what is not. */
export interface AppModel {
  readonly apis: readonly ApiModel[];
  readonly functions: readonly FunctionModel[];
  readonly tables: readonly TableModel[];
  /** One sentence for each thing that matters and is not emulated. */
  readonly notices: readonly string[];
}

const TABLE_TYPES = ['AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable'];

/** @param scratch a directory for code that stands in the template itself */
export function readApp(stacks: readonly AssemblyStack[], defaults: DefaultEnvironment, scratch: string): AppModel {
  const scopes = createScopes(stacks, defaults);
  const apis = scopes.flatMap(readApis);
  if (apis.length === 0) throw new LocalError('no WebSocket API in this cloud assembly: nothing to serve');
  if (apis.every(({ stages }) => stages.length === 0)) {
    throw new LocalError('no stage of a WebSocket API in this cloud assembly: nothing to serve; add a WebSocketStage');
  }
  const notices: string[] = [];
  const functions = readFunctions(scopes, apis, scratch, notices);
  const tables = scopes.flatMap((scope) => {
    const resources = scope.resources().filter(({ type }) => TABLE_TYPES.includes(type));
    return resources.map((resource) => readTable(scope, resource));
  });
  notices.push(...unemulated(scopes, apis, tables));
  return { apis, functions, tables, notices };
}

/** Only the functions that routes invoke: a template may hold others that no event of ours ever reaches. */
function readFunctions(scopes: readonly StackScope[], apis: readonly ApiModel[], scratch: string, notices: string[]): FunctionModel[] {
  const routes = apis.flatMap(({ routes: ofApi }) => [...ofApi.values()]);
  const invoked = new Set(routes.map(({ integration }) => (integration?.type === 'lambda' ? integration.functionName : undefined)));
  const functions: FunctionModel[] = [];
  for (const scope of scopes) {
    for (const resource of scope.resources()) {
      if (resource.type !== 'AWS::Lambda::Function' || !invoked.has(scope.identity(resource.logicalId).ref)) continue;
      const read = readFunction(scope, resource, scratch);
      if (typeof read === 'string') notices.push(`${resource.path}: ${read}; its routes answer with an error`);
      else functions.push(read);
    }
  }
  return functions;
}
