import { Annotations, ArnFormat, CfnResource, Stack, Token } from 'aws-cdk-lib';
import { AttributeType, BillingMode, type CfnTable, type ITable, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { type Construct, type IConstruct } from 'constructs';
import { ATTRIBUTE, PACE, RESERVED_KEY_PREFIX } from '../contract';
import { type StorageDefaults } from '../monitoring/log-group';
import { suppressTable } from '../monitoring/nag-suppressions';

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

function own(scope: IConstruct, table: ITable): void {
  const known = ownersIn(scope);
  known.set(table, scope.node.path);
  const name = fullNameOf(table);
  if (name !== undefined) known.set(name, scope.node.path);
}

/**
 * The table of an API that was not given one. Its rows live no longer than the connections they stand for: there is
 * nothing to back up or recover, so point-in-time recovery is off, and it goes away with the stack unless told otherwise.
 */
export function createConnectionsTable(scope: Construct, id: string, { removalPolicy, encryptionKey }: StorageDefaults): Table {
  const table = new Table(scope, id, {
    partitionKey: { name: ATTRIBUTE.connectionId, type: AttributeType.STRING },
    billingMode: BillingMode.PAY_PER_REQUEST,
    timeToLiveAttribute: ATTRIBUTE.ttl,
    encryptionKey,
    removalPolicy,
  });
  suppressTable(table);
  own(scope, table);
  return table;
}

/** Throws if an API cannot work with this table. Creates nothing. */
export function validateConnectionsTable(scope: Construct, table: ITable): void {
  checkEnvironment(scope, table);
  checkKey(table);
  const known = ownersIn(scope);
  const owner = known.get(table) ?? known.get(fullNameOf(table) ?? table);
  if (owner !== undefined) {
    throw new Error(
      `'connectionsTable' must not be shared, got the table of '${owner}'; each API takes the other's connections for closed ones and deletes them: `
      + 'give each API a table of its own',
    );
  }
}

/** Takes a table that was given for an API, and warns of what will work but not well. */
export function adoptConnectionsTable(scope: Construct, table: ITable): void {
  own(scope, table);
  const definition = definitionOf(table);
  const ttl = definition?.timeToLiveSpecification?.attributeName;
  if (definition && (ttl === undefined || isKnown(ttl)) && ttl !== ATTRIBUTE.ttl) {
    Annotations.of(scope).addWarningV2(
      'cdk-broadcast-websocket-api:connectionsTableWithoutTtl',
      `'connectionsTable' should have the time to live attribute '${ATTRIBUTE.ttl}', got ${ttl ? `'${ttl}'` : 'none'}; `
      + `rows of lost connections stay and are read on every broadcast: create the table with timeToLiveAttribute: '${ATTRIBUTE.ttl}'`,
    );
  }
}

/** Grants actions on the rows of the table, and the use of its key if the table has a customer's key. */
export function grantTableActions(table: ITable, grantee: IGrantable, ...actions: string[]): void {
  Grant.addToPrincipal({ grantee, actions, resourceArns: [table.tableArn] });
  grantTableKey(table, grantee);
}

function grantTableKey(table: ITable, grantee: IGrantable): void {
  // What `table.grantReadWriteData` grants on the key: `table.grant` leaves the key out.
  table.encryptionKey?.grant(grantee, 'kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*');
}

/** Grants the update of the one item in which the delivery rate is shared, and of no connection's row. */
export function grantPace(table: ITable, grantee: IGrantable): void {
  grantUpdate(table, grantee, { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [PACE.key] } });
}

/** Grants the update of the rows of connections, by which their message rate is kept, and of no item that is none. */
export function grantMessageRate(table: ITable, grantee: IGrantable): void {
  grantUpdate(table, grantee, { 'ForAllValues:StringNotLike': { 'dynamodb:LeadingKeys': [`${RESERVED_KEY_PREFIX}*`] } });
  grantTableKey(table, grantee);
}

function grantUpdate(table: ITable, grantee: IGrantable, conditions: Record<string, Record<string, string[]>>): void {
  Grant.addToPrincipal({ grantee, actions: ['dynamodb:UpdateItem'], resourceArns: [table.tableArn], conditions });
}

/** Handlers find the table by its name, so in their own account and region. */
function checkEnvironment(scope: Construct, table: ITable): void {
  const stack = Stack.of(scope);
  // A table that was imported by its ARN claims to be where it was imported to.
  const home = Token.isUnresolved(table.tableArn) ? table.env : stack.splitArn(table.tableArn, ArnFormat.SLASH_RESOURCE_NAME);
  for (const part of ['account', 'region'] as const) {
    const [got, wanted] = [home[part], stack[part]];
    if (got && !Token.isUnresolved(got) && !Token.isUnresolved(wanted) && got !== wanted) {
      throw new Error(`'connectionsTable' must be in the ${part} of the API, ${wanted}, got ${got}; create the table beside the API`);
    }
  }
}

function checkKey(table: ITable): void {
  const definition = definitionOf(table);
  if (!definition) return;
  const { keySchema, attributeDefinitions } = definition;
  const keys = keySchema.map(({ attributeName, keyType }) => {
    const type = attributeDefinitions.find((attribute) => attribute.attributeName === attributeName)?.attributeType;
    return { attributeName, keyType, type };
  });
  if (keys.some((key) => !isKnown(key.attributeName))) return;
  const right = keys.length === 1 && keys[0].attributeName === ATTRIBUTE.connectionId && keys[0].type === AttributeType.STRING;
  if (!right) {
    const got = keys.map(({ attributeName, keyType, type }) => `'${attributeName}' (${keyType}, ${type})`).join(' and ');
    throw new Error(
      `'connectionsTable' must have the partition key '${ATTRIBUTE.connectionId}' (HASH, ${AttributeType.STRING}) and no sort key, got ${got}; `
      + `create the table with partitionKey: { name: '${ATTRIBUTE.connectionId}', type: AttributeType.STRING }`,
    );
  }
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

/** What is known of a table that is created in the app; nothing is known of an imported one. */
function definitionOf(table: ITable): TableDefinition | undefined {
  const resource = table.node.defaultChild;
  if (!resource || !CfnResource.isCfnResource(resource)) return undefined;
  if (!['AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable'].includes(resource.cfnResourceType)) return undefined;
  const { keySchema, attributeDefinitions, timeToLiveSpecification } = resource as CfnTable;
  return Stack.of(table).resolve({ keySchema, attributeDefinitions, timeToLiveSpecification });
}
