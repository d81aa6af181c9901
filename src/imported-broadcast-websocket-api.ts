import { Stack, Token } from 'aws-cdk-lib';
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
  const { webSocketApiId, stageName, url, broadcastQueueArn } = attributes;
  if (!Token.isUnresolved(webSocketApiId) && (webSocketApiId === undefined || !/^[a-z0-9]+$/.test(webSocketApiId))) {
    throw new Error(
      `'webSocketApiId' must be the id of a WebSocket API, lower-case letters and digits, got ${formatValue(webSocketApiId)}; give webSocketApi.apiId, such as 'abcde12345'`,
    );
  }
  checkStageName(stageName);
  if (url !== undefined && !Token.isUnresolved(url) && !/^wss:\/\//.test(url)) {
    throw new Error(`'url' must begin with wss://, got '${url}'; give the address that clients connect to, such as 'wss://chat.example.com'`);
  }
  if (broadcastQueueArn !== undefined && !Token.isUnresolved(broadcastQueueArn) && !/^arn:[^:]+:sqs:[^:]+:[^:]+:[^:]+$/.test(broadcastQueueArn)) {
    throw new Error(
      `'broadcastQueueArn' must be the ARN of a queue, got '${broadcastQueueArn}'; `
      + "give broadcastQueue.queueArn, such as 'arn:aws:sqs:eu-west-1:111122223333:broadcasts'",
    );
  }
}

/** An API that another stack created. */
export class ImportedBroadcastWebSocketApi extends BroadcastWebSocketApiBase {
  public readonly url: string;
  public readonly callbackUrl: string;
  private readonly stageName: string;
  private readonly queue?: IQueue;

  constructor(scope: Construct, id: string, private readonly attributes: BroadcastWebSocketApiAttributes) {
    validateAttributes(scope, attributes);
    const { webSocketApiId, stageName = 'prod', url, broadcastQueueArn, encryptionKey } = attributes;
    super(scope, id);
    const { region, urlSuffix } = Stack.of(this);
    const address = `${webSocketApiId}.execute-api.${region}.${urlSuffix}/${stageName}`;
    this.stageName = stageName;
    this.url = url ?? `wss://${address}`;
    this.callbackUrl = `https://${address}`;
    if (broadcastQueueArn) this.queue = Queue.fromQueueAttributes(this, 'BroadcastQueue', { queueArn: broadcastQueueArn, keyArn: encryptionKey?.keyArn });
  }

  public get broadcastQueue(): IQueue {
    if (!this.queue) {
      throw new Error(
        `'broadcastQueueArn' must be given to publish to the imported API '${this.node.path}', got none; `
        + 'give it the broadcastQueue.queueArn of the API, which also creates the queue',
      );
    }
    return this.queue;
  }

  /** @internal */
  public _stageOfApi(): StageOfApi {
    return { apiId: this.attributes.webSocketApiId, stageName: this.stageName };
  }
}
