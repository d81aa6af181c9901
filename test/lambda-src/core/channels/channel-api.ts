import { VirtualClock } from '../../../../harness/virtual-clock';
import type { LayeredMessagePorts } from '../../../../lambda-src/core/actions/action';
import { AddresseeReader } from '../../../../lambda-src/core/channels/addressee';
import { ChannelRules, type AccessRule, type ChannelRule } from '../../../../lambda-src/core/channels/channel-rules';
import type { RecipientSource } from '../../../../lambda-src/core/connection';
import type { HookDecision, HookQuestion } from '../../../../lambda-src/core/hook';
import { connectWithChannels, type LayeredConnectPorts } from '../../../../lambda-src/core/layered-connect';
import { handleLayeredRecords, type LayeredRecord } from '../../../../lambda-src/core/layered-delivery';
import { answerMessage } from '../../../../lambda-src/core/layered-message';
import { lookBack } from '../../../../lambda-src/core/log/look-back';
import { byQueue, directly } from '../../../../lambda-src/core/log/publishers';
import { leaveAll } from '../../../../lambda-src/core/members/membership';
import type { Target } from '../../../../lambda-src/core/target';
import type { MessageFormatName } from '../../../../src/private/contract';
import { FakeQueue } from '../fake-queue';
import { FakeBudget, FakeSender, status } from '../fakes';
import { MemoryTable, NOW } from '../log/memory-table';
import { MemoryMembers } from '../members/memory-members';

export const CONNECTED = NOW - 600_000;

export interface ChannelApiOptions {
  readonly rules?: readonly ChannelRule[];
  readonly publishAccess?: AccessRule;
  readonly queued?: boolean;
  readonly hasHistory?: boolean;
  readonly userIdKey?: string;
  readonly senderNameKey?: string;
  readonly maxChannels?: number;
  readonly format?: MessageFormatName;
  readonly hook?: (question: HookQuestion) => HookDecision | Error | Promise<HookDecision>;
  /** Replacements for parts of the core. */
  readonly core?: {
    readonly answerMessage?: typeof answerMessage;
    readonly connect?: typeof connectWithChannels;
    readonly Rules?: typeof ChannelRules;
    readonly Addressees?: typeof AddresseeReader;
  };
}

/** An API with channels, with everything except the core in memory. */
export class ChannelApi {
  readonly clock = new VirtualClock(NOW);
  readonly members = new MemoryMembers();
  readonly log = new MemoryTable();
  readonly asked: HookQuestion[] = [];
  readonly failed: string[] = [];
  readonly refusals: string[] = [];
  readonly extra: object[] = [];
  /** Channels whose lists were read. */
  readonly listed: string[] = [];
  readonly patterns: (string | undefined)[] = [];
  /** Messages that each connection received. */
  readonly received = new Map<string, string[]>();
  readonly hook;
  readonly rules: ChannelRules;
  private readonly queue: LayeredRecord[] = [];
  private sent = 0;

  constructor(readonly options: ChannelApiOptions = {}) {
    const { hook, rules = [], userIdKey, core: { Rules = ChannelRules } = {} } = options;
    this.rules = new Rules(rules, userIdKey !== undefined);
    this.hook = hook && {
      ask: async (question: HookQuestion) => {
        this.asked.push(question);
        const decision = await hook(question);
        if (decision instanceof Error) throw decision;
        return decision;
      },
    };
  }

  /** Opens a connection that sends nothing. */
  open(connectionId: string): void {
    this.members.connections.set(connectionId, CONNECTED);
  }

  async connect(connectionId: string, channels: readonly string[], authorizer?: Record<string, unknown>): Promise<number> {
    const { core: { connect = connectWithChannels } = {}, maxChannels = 50, userIdKey, senderNameKey } = this.options;
    const { members } = this;
    const ports: LayeredConnectPorts = {
      rows: {
        store: async (row) => void members.connections.set(row.connectionId, row.connectedAt),
        remove: async (id) => void members.connections.delete(id),
      },
      clock: this.clock,
      ttlSeconds: 10_800,
      report: { originRefused: () => undefined, storeFailed: () => undefined },
      onForgotten: async (connection) => void await leaveAll(connection, members),
      members,
      rules: this.rules,
      maxChannels,
      userIdKey,
      senderNameKey,
      hook: this.hook,
      channelReport: { refused: (reason) => this.refusals.push(reason), failed: (id) => this.failed.push(id) },
    };
    return (await this.clock.runUntil(connect({ connectionId, connectedAt: CONNECTED, channels, authorizer }, NOW + 9_500, ports))).statusCode;
  }

  /** Returns what the sender of an action gets; without an action, sends plain text. */
  async act(connectionId: string, action: string | undefined, members: object | string, authorizer?: Record<string, unknown>) {
    const { core: { answerMessage: answer = answerMessage } = {} } = this.options;
    const incoming = {
      id: `m${++this.sent}`,
      sentAt: NOW + this.sent,
      sender: { connectionId, connectedAt: CONNECTED },
      authorizer,
      text: typeof members === 'string' ? members : JSON.stringify({ action, ref: 'r', ...members }),
      routeKey: action ?? '$default',
    };
    const { body } = await this.clock.runUntil(answer(incoming, this.clock.now() + 28_000, this.ports()));
    await this.drain();
    return body === undefined ? undefined : JSON.parse(body);
  }

  /** Publishes as a backend; returns the names of the errors. */
  async publish(body: string, attributes: Record<string, string> = {}, over: Partial<LayeredRecord> = {}): Promise<string[]> {
    this.queue.push({
      isWorkItem: false, isPlaced: false, messageId: `q${++this.sent}`, body, sentAt: this.clock.now(), receipts: 1, attributes, ...over,
    });
    return this.drain();
  }

  texts(connectionId: string): string[] {
    return (this.received.get(connectionId) ?? []).map((frame) => JSON.parse(frame).message as string);
  }

  private async drain(): Promise<string[]> {
    const errors: string[] = [];
    const { core: { Addressees = AddresseeReader } = {} } = this.options;
    while (this.queue.length > 0) {
      await this.clock.runUntil(handleLayeredRecords(this.queue.splice(0), this.clock.now() + 29_500, {
        ...this.delivery(),
        queue: new FakeQueue(this.clock),
        format: this.options.format ?? 'ENVELOPE',
        maxBytes: 24 * 1024,
        maxAgeMillis: 300_000,
        addressees: new Addressees(this.rules, this.options.userIdKey !== undefined),
        report: { broadcast: (_id, _result, pattern) => this.patterns.push(pattern), failed: (_id, error) => errors.push(error.message) },
        log: this.options.hasHistory ? this.historyLog() : undefined,
        history: { failed: (_id, error) => errors.push(error.message) },
      }));
    }
    return errors;
  }

  private delivery() {
    const { clock, members } = this;
    const sender = new FakeSender(clock, () => status(200));
    return {
      recipientsOf: (target: Target): RecipientSource => {
        if (target === '*') return only([...members.connections].map(([connectionId, connectedAt]) => ({ connectionId, connectedAt })));
        const [kind, name] = [target.slice(0, target.indexOf(':')), target.slice(target.indexOf(':') + 1)];
        return kind === 'channel' ? members.membersOf(name) : only([{ connectionId: name, connectedAt: members.connections.get(name) }]);
      },
      rows: { remove: async () => undefined },
      sender: {
        begin: (body: Uint8Array) => {
          const transmission = sender.begin(body);
          return {
            ...transmission,
            post: (id: string) => {
              this.received.set(id, [...this.received.get(id) ?? [], Buffer.from(body).toString()]);
              return transmission.post(id);
            },
            end: () => undefined,
          };
        },
      },
      budget: new FakeBudget(clock),
      clock,
      random: () => 0.5,
      maxInFlight: 128,
    };
  }

  private async listOf(channel: string) {
    this.listed.push(channel);
    return { version: 1, count: 0, users: [] };
  }

  private historyLog() {
    const { log } = this;
    return {
      append: (channel: string, message: Parameters<ReturnType<MemoryTable['writer']>['append']>[1]) => log.writer().append(channel, message, Infinity),
      appendAll: (channel: string, messages: Parameters<ReturnType<MemoryTable['writer']>['appendAll']>[1]) => log.writer().appendAll(channel, messages, Infinity),
      find: (channel: string, ids: ReadonlySet<string>, notBefore?: number) => lookBack(log, channel, ids, notBefore),
      read: (channel: string, request: object, room: Parameters<ReturnType<MemoryTable['reader']>['read']>[2]) => log.reader().read(channel, request, room),
    };
  }

  private ports(): LayeredMessagePorts {
    const { queued, hasHistory, userIdKey, senderNameKey, maxChannels = 50, format = 'ENVELOPE', publishAccess = { kind: 'anyone' } } = this.options;
    const enqueue = {
      publish: async ({ body }: { body: string }, attributes: Readonly<Record<string, string>>) => {
        this.queue.push({ isWorkItem: false, isPlaced: hasHistory === true, messageId: `q${++this.sent}`, body, sentAt: this.clock.now(), receipts: 1, attributes });
      },
    };
    const undelivered = (id: string) => void this.failed.push(id);
    return {
      intake: {
        countRefusal: (_id, reason) => this.refusals.push(reason),
        publishClaim: publishAccess.kind === 'claim' ? publishAccess : undefined,
        format,
        maxBytes: 24 * 1024,
        excludesSender: false,
        senderNameKey,
      },
      publishAccess,
      clock: this.clock,
      logUntil: hasHistory ? () => this.historyLog() : undefined,
      deliversNow: !queued,
      publish: queued
        ? byQueue(enqueue, { undelivered })
        : directly(this.delivery(), { broadcast: (_id, _result, pattern) => void this.patterns.push(pattern), undelivered }),
      report: { failed: (id) => this.failed.push(id), unrecovered: () => undefined },
      channels: {
        rules: this.rules,
        table: this.members,
        maxChannels,
        ttlSeconds: 10_800,
        report: { failed: (id) => this.failed.push(id) },
        answer: async (_id, frames) => void this.extra.push(...frames),
        presence: { list: (channel) => this.listOf(channel), ask: (channel) => this.listOf(channel) },
      },
      userIdKey,
      hook: this.hook,
    };
  }
}

function only(recipients: { connectionId: string; connectedAt?: number }[]): RecipientSource {
  return {
    async* pages() {
      yield recipients;
    },
  };
}
