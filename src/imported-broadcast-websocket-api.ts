import { Stack, Token } from 'aws-cdk-lib';
import { type ITable, Table } from 'aws-cdk-lib/aws-dynamodb';
import { type IQueue, Queue } from 'aws-cdk-lib/aws-sqs';
import { type Construct } from 'constructs';
import { type BroadcastWebSocketApiAttributes } from './broadcast-websocket-api-attributes';
import { BroadcastWebSocketApiBase } from './broadcast-websocket-api-base';
import { type StageOfApi } from './private/endpoint/connections-grant';
import { checkStageName } from './private/validation/api-checks';
import { formatValue } from './private/validation/checks';
import { checkKind, checkStruct } from './private/validation/kinds';
import { ATTRIBUTES, SCOPE } from './private/validation/shapes';

/** Throws on the first attribute that cannot be one of an API. Creates nothing. */
function validateAttributes(scope: Construct, attributes: BroadcastWebSocketApiAttributes): void {
  checkKind('scope', scope, SCOPE);
  checkStruct('attrs', attributes, ATTRIBUTES);
  const { webSocketApiId, stageName, url } = attributes;
  if (!Token.isUnresolved(webSocketApiId) && (webSocketApiId === undefined || !/^[a-z0-9]+$/.test(webSocketApiId))) {
    throw new Error(
      `'webSocketApiId' must be the id of a WebSocket API, lower-case letters and digits, got ${formatValue(webSocketApiId)}; give webSocketApi.apiId, such as 'abcde12345'`,
    );
  }
  checkStageName(stageName);
  if (url !== undefined && !Token.isUnresolved(url) && !/^wss:\/\//.test(url)) {
    throw new Error(`'url' must begin with wss://, got '${url}'; give the address that clients connect to, such as 'wss://chat.example.com'`);
  }
  checkArn('broadcastQueueArn', attributes, 'a queue', /^arn:[^:]+:sqs:[^:]+:[^:]+:[^:]+$/, 'broadcastQueue.queueArn', 'sqs:eu-west-1:111122223333:broadcasts');
  checkArn('disconnectQueueArn', attributes, 'a queue', /^arn:[^:]+:sqs:[^:]+:[^:]+:[^:]+$/, 'disconnectQueue.queueArn', 'sqs:eu-west-1:111122223333:disconnects');
  checkArn('membersTableArn', attributes, 'a table', /^arn:[^:]+:dynamodb:[^:]+:[^:]+:table\/[^:/]+$/, 'membersTable.tableArn', 'dynamodb:eu-west-1:111122223333:table/members');
}

type ArnAttribute = 'broadcastQueueArn' | 'disconnectQueueArn' | 'membersTableArn';

function checkArn(
  name: ArnAttribute, attributes: BroadcastWebSocketApiAttributes, what: string, pattern: RegExp, source: string, example: string,
): void {
  const { [name]: arn } = attributes;
  if (arn === undefined || Token.isUnresolved(arn) || pattern.test(arn)) return;
  throw new Error(`'${name}' must be the ARN of ${what}, got '${arn}'; give ${source}, such as 'arn:aws:${example}'`);
}

/** An API that another stack created. */
export class ImportedBroadcastWebSocketApi extends BroadcastWebSocketApiBase {
  public readonly url: string;
  public readonly callbackUrl: string;
  public readonly membersTable?: ITable;
  private readonly stageName: string;
  private readonly publishing?: IQueue;
  private readonly disconnecting?: IQueue;

  constructor(scope: Construct, id: string, private readonly attributes: BroadcastWebSocketApiAttributes) {
    validateAttributes(scope, attributes);
    const { webSocketApiId, stageName = 'prod', url, broadcastQueueArn, disconnectQueueArn, membersTableArn: tableArn, encryptionKey } = attributes;
    super(scope, id);
    const { region, urlSuffix } = Stack.of(this);
    const address = `${webSocketApiId}.execute-api.${region}.${urlSuffix}/${stageName}`;
    this.stageName = stageName;
    this.url = url ?? `wss://${address}`;
    this.callbackUrl = `https://${address}`;
    const queue = (queueId: string, queueArn?: string) =>
      queueArn === undefined ? undefined : Queue.fromQueueAttributes(this, queueId, { queueArn, keyArn: encryptionKey?.keyArn });
    this.publishing = queue('BroadcastQueue', broadcastQueueArn);
    this.disconnecting = queue('DisconnectQueue', disconnectQueueArn);
    if (tableArn) this.membersTable = Table.fromTableAttributes(this, 'Members', { tableArn, encryptionKey });
  }

  public get broadcastQueue(): IQueue {
    return this.given('broadcastQueueArn', this.publishing, 'to publish to', 'broadcastQueue.queueArn');
  }

  public get disconnectQueue(): IQueue {
    return this.given('disconnectQueueArn', this.disconnecting, 'to close connections of', 'disconnectQueue.queueArn');
  }

  /** @internal */
  public _stageOfApi(): StageOfApi {
    return { apiId: this.attributes.webSocketApiId, stageName: this.stageName };
  }

  private given(name: ArnAttribute, queue: IQueue | undefined, purpose: string, source: string): IQueue {
    if (queue) return queue;
    throw new Error(`'${name}' must be given ${purpose} the imported API '${this.node.path}', got none; give it the ${source} of the API, which also creates the queue`);
  }
}
