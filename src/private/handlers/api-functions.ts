import { type ITable } from 'aws-cdk-lib/aws-dynamodb';
import { Grant } from 'aws-cdk-lib/aws-iam';
import { type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { type Construct } from 'constructs';
import { createConnectionHandler, createMessageHandler, type HandlerInputs, hasMessageHandler, messageBundleOf, storageOf } from './handlers';
import { type LayeredHandler, runLayered } from './layered-code';
import { grantHook, hooksSubscriptions } from './message-hook';
import { createPresence, type Presence } from './presence';
import { clientsPublish } from './publish-access';
import { createDelivery, type Delivery, ensureMessageQueue, letEnqueue } from './queued-delivery';
import { createDisconnection, type Disconnection } from './queued-disconnect';
import { type ChannelRule } from '../channels/channel-rules';
import { isLayered } from '../channels/layers';
import { ENV } from '../contract';
import { messageRateOf } from '../endpoint/client-limits';
import { grantConnections, type StageOfApi } from '../endpoint/connections-grant';
import { suppressFunction } from '../monitoring/nag-suppressions';
import { grantMessageRate, grantPace, grantTableActions } from '../storage/connections-table';
import { grantSendingKey } from '../storage/encryption';
import { grantHistoryAppending, grantHistoryReading } from '../storage/history-table';
import { createMembersTable, grantMembers, grantMembershipCheck, grantPresenceKey, grantPresenceMarks, grantSubscribing } from '../storage/members-table';

/** The stage, and the address under which functions reach its connections. */
export interface Endpoint extends StageOfApi {
  readonly callbackUrl: string;
}

/**
 * The functions of an API and their permissions.
 *
 * Some are created when they are first asked for. Channels may be added at any time, so that functions which exist already then get what they need.
 */
export class ApiFunctions {
  public readonly connectionHandler: LambdaFunction;
  private takesMessages?: LambdaFunction;
  /** The bundle that was chosen for it. */
  private messageBundle?: LayeredHandler;
  private isPublishing = false;
  private delivers?: Delivery;
  private disconnects?: Disconnection;
  private lists?: Presence;
  private endpoint!: Endpoint;
  private readonly posting = new Set<LambdaFunction>();
  private readonly asking = new Set<LambdaFunction>();

  constructor(private readonly scope: Construct, private readonly inputs: HandlerInputs) {
    const { props, channels } = inputs;
    if (props.userIdKey !== undefined) channels.membersTable = createMembersTable(scope, storageOf(props));
    this.connectionHandler = createConnectionHandler(scope, inputs);
    if (hasMessageHandler(inputs)) this.createMessageHandler();
  }

  /** The function behind what clients send, if they may send anything. */
  public get messageHandler(): LambdaFunction | undefined {
    return this.takesMessages;
  }

  public get delivery(): Delivery | undefined {
    return this.delivers;
  }

  public get disconnection(): Disconnection | undefined {
    return this.disconnects;
  }

  public get presence(): Presence | undefined {
    return this.lists;
  }

  /** Tells the functions where the API is, and lets them do their work. To be called once, before all that follows. */
  public connectTo(endpoint: Endpoint): void {
    this.endpoint = endpoint;
    const { table, fanOut, channels } = this.inputs;
    this.introduceApi(this.connectionHandler);
    grantTableActions(table, this.connectionHandler, 'dynamodb:PutItem', 'dynamodb:DeleteItem');
    if (channels.membersTable) grantSubscribing(channels.membersTable, table, this.connectionHandler);
    suppressFunction(this.connectionHandler);
    if (this.takesMessages) this.letTakeMessages(this.takesMessages);
    if (fanOut.queued) this.useDelivery();
  }

  /** Queues and function for messages of backends, created on first use. */
  public useDelivery(): Delivery {
    if (!this.delivers) {
      const { historyTable, channels: { membersTable } } = this.inputs;
      this.delivers = createDelivery(this.scope, this.inputs);
      const { handler } = this.delivers;
      this.introduceApi(handler);
      this.letDeliver(handler);
      if (historyTable) grantHistoryReading(historyTable, handler);
      if (historyTable) grantHistoryAppending(historyTable, handler);
      if (isLayered(this.inputs)) grantTableActions(this.inputs.table, handler, 'dynamodb:GetItem');
      if (membersTable) grantMembers(membersTable, handler);
      this.letMark(handler);
      suppressFunction(handler);
    }
    return this.delivers;
  }

  /** Queue and function that close connections, created on first use. */
  public useDisconnection(): Disconnection {
    if (!this.disconnects) {
      const { table, channels: { membersTable } } = this.inputs;
      this.disconnects = createDisconnection(this.scope, this.inputs);
      const { handler } = this.disconnects;
      this.introduceApi(handler);
      handler.addEnvironment(ENV.callbackUrl, this.endpoint.callbackUrl);
      grantTableActions(table, handler, 'dynamodb:GetItem', 'dynamodb:DeleteItem');
      grantPace(table, handler);
      for (const method of ['POST', 'DELETE'] as const) grantConnections(this.scope, handler, this.endpoint, method);
      if (membersTable) grantMembers(membersTable, handler);
      this.letMark(handler);
      suppressFunction(handler);
    }
    return this.disconnects;
  }

  /** Has the functions keep to the rules of some more channels. */
  public addRule(rule: ChannelRule): void {
    const { channels } = this.inputs;
    channels.rules.push(rule);
    if (!channels.membersTable) this.switchToMembers();
    if (this.takesMessages) this.updateMessageHandler(this.takesMessages);
    else this.letTakeMessages(this.createMessageHandler());
    if (hooksSubscriptions(channels)) for (const handler of [this.connectionHandler, this.takesMessages!]) this.letAsk(handler);
    if (rule.presence && !this.lists) this.createPresence();
    for (const handler of this.all()) suppressFunction(handler);
  }

  /** Creates the function that makes presence lists, and lets each function that changes members ask for them. */
  private createPresence(): void {
    const { table, channels: { membersTable } } = this.inputs;
    this.lists = createPresence(this.scope, this.inputs);
    const { handler } = this.lists;
    this.introduceApi(handler);
    this.letPost(handler);
    grantTableActions(table, handler, 'dynamodb:DeleteItem');
    grantPace(table, handler);
    grantMembers(membersTable!, handler);
    grantPresenceKey(membersTable!, handler);
    for (const each of this.all()) this.letMark(each);
  }

  /** Lets a function that changes members ask for a list. */
  private letMark(handler: LambdaFunction): void {
    if (!this.lists) return;
    const { queue } = this.lists;
    grantPresenceMarks(this.inputs.channels.membersTable!, handler);
    grantSendingKey(queue, handler);
    Grant.addToPrincipal({ grantee: handler, actions: ['sqs:SendMessage'], resourceArns: [queue.queueArn] });
  }

  private all(): LambdaFunction[] {
    const others = [this.delivers, this.disconnects, this.lists].map((each) => each?.handler);
    return [this.connectionHandler, this.takesMessages, ...others].filter((each) => each !== undefined);
  }

  private createMessageHandler(): LambdaFunction {
    this.takesMessages = createMessageHandler(this.scope, this.inputs);
    this.messageBundle = messageBundleOf(this.inputs);
    return this.takesMessages;
  }

  /** Has the functions that there are know of members from now on. */
  private switchToMembers(): void {
    const { channels, table, props } = this.inputs;
    channels.membersTable = createMembersTable(this.scope, storageOf(props));
    const wasLayered = isLayered({ props, channels: { rules: [] } });
    runLayered(this.connectionHandler, 'connection-handler');
    grantSubscribing(channels.membersTable, table, this.connectionHandler);
    if (this.takesMessages) {
      if (!wasLayered) runLayered(this.takesMessages, this.messageBundle!);
      this.letAnswerActions(this.takesMessages, channels.membersTable);
    }
    if (this.delivers) {
      if (!wasLayered) {
        runLayered(this.delivers.handler, 'delivery-handler');
        // A message may be for one connection.
        grantTableActions(table, this.delivers.handler, 'dynamodb:GetItem');
      }
      grantMembers(channels.membersTable, this.delivers.handler);
    }
    if (this.disconnects) grantMembers(channels.membersTable, this.disconnects.handler);
  }

  /** A function that only read the history until now may have to take messages. */
  private updateMessageHandler(handler: LambdaFunction): void {
    const wanted = messageBundleOf(this.inputs);
    if (wanted !== this.messageBundle) runLayered(handler, wanted);
    this.messageBundle = wanted;
    if (this.delivers) ensureMessageQueue(this.scope, this.delivers, this.inputs);
    this.letPublish(handler);
  }

  private letTakeMessages(handler: LambdaFunction): void {
    const { table, historyTable, props, channels: { membersTable } } = this.inputs;
    this.introduceApi(handler);
    if (!clientsPublish(this.inputs)) handler.addEnvironment(ENV.callbackUrl, this.endpoint.callbackUrl);
    if (historyTable) grantHistoryReading(historyTable, handler);
    this.letPublish(handler);
    if (messageRateOf(props)) grantMessageRate(table, handler);
    if (membersTable) this.letAnswerActions(handler, membersTable);
    suppressFunction(handler);
  }

  /** Once some client may publish. */
  private letPublish(handler: LambdaFunction): void {
    const { historyTable, fanOut } = this.inputs;
    if (this.isPublishing || !clientsPublish(this.inputs)) return;
    this.isPublishing = true;
    if (fanOut.queued) letEnqueue(handler, this.useDelivery());
    else this.letDeliver(handler);
    if (historyTable) grantHistoryAppending(historyTable, handler);
    this.letAsk(handler);
  }

  /** Lets a function ask the hook, if there is one. */
  private letAsk(handler: LambdaFunction): void {
    const { messageHook } = this.inputs.props;
    if (!messageHook || this.asking.has(handler)) return;
    this.asking.add(handler);
    grantHook(messageHook, handler);
  }

  private letAnswerActions(handler: LambdaFunction, membersTable: ITable): void {
    grantSubscribing(membersTable, this.inputs.table, handler);
    grantMembershipCheck(membersTable, handler);
    // One request may subscribe to several channels: a route returns one answer, the others are posted.
    this.letPost(handler);
  }

  private introduceApi(handler: LambdaFunction): void {
    handler.addEnvironment(ENV.apiId, this.endpoint.apiId);
  }

  private letDeliver(handler: LambdaFunction): void {
    const { table } = this.inputs;
    grantTableActions(table, handler, 'dynamodb:Scan', 'dynamodb:DeleteItem');
    grantPace(table, handler);
    this.letPost(handler);
  }

  private letPost(handler: LambdaFunction): void {
    handler.addEnvironment(ENV.callbackUrl, this.endpoint.callbackUrl);
    if (this.posting.has(handler)) return;
    this.posting.add(handler);
    grantConnections(this.scope, handler, this.endpoint, 'POST');
  }
}
