import { Annotations, ArnFormat, CfnResource, Stack, Token } from 'aws-cdk-lib';
import { type Attribute, AttributeType, type CfnTable, type ITable } from 'aws-cdk-lib/aws-dynamodb';
import { type Construct, type IConstruct } from 'constructs';

/** Requirements of a table that a user gives. */
export interface TableRules {
  readonly prop: string;
  readonly partitionKey: Attribute;
  readonly sortKey?: Attribute;
  readonly ttl: string;
  /** Consequence of two APIs that share the table. */
  readonly whyNotShared: string;
  /** Consequence of a table without a time to live. */
  readonly withoutTtl: string;
}

export function keyOf(name: string, type: 'S' | 'N'): Attribute {
  return { name, type: type === 'S' ? AttributeType.STRING : AttributeType.NUMBER };
}

/** The tables of an app that already belong to an API, each with the path of that API; by the object, and by the name if that is known. */
const owners = new WeakMap<IConstruct, Map<ITable | string, string>>();

function ownersIn(scope: IConstruct): Map<ITable | string, string> {
  const known = owners.get(scope.node.root) ?? new Map<ITable | string, string>();
  owners.set(scope.node.root, known);
  return known;
}

/** The same for two imports of one table; undefined for a table whose name is known only at the deployment. */
function fullNameOf(table: ITable): string | undefined {
  if (Token.isUnresolved(table.tableName)) return undefined;
  const { account, region } = table.env;
  const home = [account, region].some((part) => Token.isUnresolved(part)) ? Stack.of(table).node.path : `${account}/${region}`;
  return `${home}/${table.tableName}`;
}

/** Whether two props name one table, as far as is known at synth. */
export function isSameTable(one: ITable, other: ITable): boolean {
  const name = fullNameOf(one);
  return one === other || (name !== undefined && name === fullNameOf(other));
}

/** Notes whose table it is. */
export function ownTable(scope: IConstruct, table: ITable): void {
  const known = ownersIn(scope);
  known.set(table, scope.node.path);
  const name = fullNameOf(table);
  if (name !== undefined) known.set(name, scope.node.path);
}

/** Throws if an API cannot work with this table. Creates nothing. */
export function checkGivenTable(scope: Construct, table: ITable, rules: TableRules): void {
  checkEnvironment(scope, table, rules);
  checkKeys(table, rules);
  const known = ownersIn(scope);
  const owner = known.get(table) ?? known.get(fullNameOf(table) ?? table);
  if (owner !== undefined) {
    throw new Error(`'${rules.prop}' must not be shared, got the table of '${owner}'; ${rules.whyNotShared}: give each API a table of its own`);
  }
}

/** Takes a table that was given for an API, and warns of what will work but not well. */
export function adoptTable(scope: Construct, table: ITable, rules: TableRules): void {
  ownTable(scope, table);
  const definition = definitionOf(table);
  const ttl = definition?.timeToLiveSpecification?.attributeName;
  if (definition && (ttl === undefined || isKnown(ttl)) && ttl !== rules.ttl) {
    Annotations.of(scope).addWarningV2(
      `cdk-broadcast-websocket-api:${rules.prop.replace('.t', 'T')}WithoutTtl`,
      `'${rules.prop}' should have the time to live attribute '${rules.ttl}', got ${ttl ? `'${ttl}'` : 'none'}; `
      + `${rules.withoutTtl}: create the table with timeToLiveAttribute: '${rules.ttl}'`,
    );
  }
}

/** Handlers find the table by its name, so in their own account and region. */
function checkEnvironment(scope: Construct, table: ITable, { prop }: TableRules): void {
  const stack = Stack.of(scope);
  // A table that was imported by its ARN claims to be where it was imported to.
  const home = Token.isUnresolved(table.tableArn) ? table.env : stack.splitArn(table.tableArn, ArnFormat.SLASH_RESOURCE_NAME);
  for (const part of ['account', 'region'] as const) {
    const [got, wanted] = [home[part], stack[part]];
    if (got && !Token.isUnresolved(got) && !Token.isUnresolved(wanted) && got !== wanted) {
      throw new Error(`'${prop}' must be in the ${part} of the API, ${wanted}, got ${got}; create the table beside the API`);
    }
  }
}

function checkKeys(table: ITable, { prop, partitionKey, sortKey }: TableRules): void {
  const definition = definitionOf(table);
  if (!definition) return;
  const { keySchema, attributeDefinitions } = definition;
  const keys = keySchema.map(({ attributeName, keyType }) => {
    const type = attributeDefinitions.find((attribute) => attribute.attributeName === attributeName)?.attributeType;
    return { attributeName, keyType, type };
  });
  if (keys.some((key) => !isKnown(key.attributeName))) return;
  const [got, wanted, wantedSortKey] = [keys.map(shown).join(' and '), inSchema(partitionKey, 'HASH'), sortKey && inSchema(sortKey, 'RANGE')];
  if (got === [wanted, ...(wantedSortKey ? [wantedSortKey] : [])].map(shown).join(' and ')) return;
  throw new Error(
    `'${prop}' must have the partition key ${shown(wanted)} and ${wantedSortKey ? `the sort key ${shown(wantedSortKey)}` : 'no sort key'}, got ${got}; `
    + `create the table with ${inCode('partitionKey', partitionKey)}${sortKey ? ` and ${inCode('sortKey', sortKey)}` : ''}`,
  );
}

interface KeyInSchema {
  readonly attributeName: string;
  readonly keyType: string;
  readonly type?: string;
}

function inSchema({ name, type }: Attribute, keyType: string): KeyInSchema {
  return { attributeName: name, keyType, type };
}

function shown({ attributeName, keyType, type }: KeyInSchema): string {
  return `'${attributeName}' (${keyType}, ${type})`;
}

function inCode(prop: string, { name, type }: Attribute): string {
  return `${prop}: { name: '${name}', type: AttributeType.${type === AttributeType.STRING ? 'STRING' : 'NUMBER'} }`;
}

/** Whether a resolved name is a name, and not an intrinsic function that only the deployment can evaluate. */
function isKnown(name: unknown): boolean {
  return typeof name === 'string';
}

interface TableDefinition {
  readonly keySchema: CfnTable.KeySchemaProperty[];
  readonly attributeDefinitions: CfnTable.AttributeDefinitionProperty[];
  readonly timeToLiveSpecification?: CfnTable.TimeToLiveSpecificationProperty;
}

/** Definition of a table that is created in the app. An imported one has none. */
function definitionOf(table: ITable): TableDefinition | undefined {
  const resource = table.node.defaultChild;
  if (!resource || !CfnResource.isCfnResource(resource)) return undefined;
  if (!['AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable'].includes(resource.cfnResourceType)) return undefined;
  const { keySchema, attributeDefinitions, timeToLiveSpecification } = resource as CfnTable;
  return Stack.of(table).resolve({ keySchema, attributeDefinitions, timeToLiveSpecification });
}
