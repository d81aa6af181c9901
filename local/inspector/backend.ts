import { randomUUID } from 'node:crypto';
import { connectionsIn, readChannels, type Channel } from './members';
import { encode } from '../../lambda-src/core/message';
import { personalChannelOf } from '../../lambda-src/core/channels/channel-name';
import { messageFrame } from '../../lambda-src/core/log/frames';
import { ALL_CONNECTIONS, ENV, MESSAGE_FORMATS, PUBLISH, type MessageFormatName } from '../../src/private/contract';
import { LAYER_ENV, TARGET_PREFIX } from '../../src/private/layer-contract';
import type { Gateway } from '../gateway/gateway';
import type { AppModel } from '../model/app';
import type { FunctionModel } from '../model/functions';
import type { QueueModel } from '../model/queues';
import { readOutgoing } from '../queues/message';
import type { Queues } from '../queues/queues';
import type { Call } from '../tables/client';

export interface BackendSources {
  readonly app: () => AppModel;
  readonly queues: Pick<Queues, 'find'>;
  readonly call: Call;
}

/** Result of sending a message. */
export type Published =
  | { readonly queue: string }
  | { readonly frame: string; readonly connectionIds: readonly string[] | 'all' };

/** Backend features of an API made by the construct, read from its functions' variables. */
export interface Abilities {
  readonly format: MessageFormatName;
  /** Broadcast queue; without one, the inspector posts messages itself. */
  readonly queue?: QueueModel;
  /** Table of channels and users; absent without them. */
  readonly membersTable?: string;
}

/** Broadcasts like a backend of the app: through its broadcast queue, or else in the API's message format. */
export class Backend {
  constructor(private readonly sources: BackendSources) {}

  /** Reads the features of an API; undefined for one not made by the construct. */
  abilitiesOf({ api: { apiId } }: Gateway): Abilities | undefined {
    const { functions, eventSources, queues } = this.sources.app();
    const own = functions.filter(({ variables }) => variables[ENV.apiId] === apiId);
    const format = MESSAGE_FORMATS.find((name) => own.some(({ variables }) => variables[ENV.messageFormat] === name));
    if (!format) return undefined;
    const isOfBroadcasts = ({ arn }: QueueModel) => eventSources.some(({ functionArn, queueArn }) => (
      queueArn === arn && own.some((lambda) => lambda.arn === functionArn && takesBroadcasts(lambda, arn))));
    return {
      format,
      queue: queues.find(isOfBroadcasts),
      membersTable: own.map(({ variables }) => variables[LAYER_ENV.membersTableName]).find((name) => name !== undefined),
    };
  }

  async channelsOf(gateway: Gateway): Promise<Channel[]> {
    const table = this.abilitiesOf(gateway)?.membersTable;
    return table === undefined ? [] : readChannels(this.sources.call, table, Date.now());
  }

  /**
   * Returns the connections of a target.
   *
   * @param to target as backends write it: `channel:…`, `user:…`, `connection:…`, or nothing for all
   */
  async connectionsOf(gateway: Gateway, to: string): Promise<readonly string[] | 'all'> {
    if (to === '') return 'all';
    if (to.startsWith(TARGET_PREFIX.connection)) return [to.slice(TARGET_PREFIX.connection.length)];
    const table = this.abilitiesOf(gateway)?.membersTable;
    const channel = channelOf(to);
    if (table === undefined || channel === undefined) throw new Error(`'${to}' is no target of this API`);
    return connectionsIn(this.sources.call, table, channel);
  }

  async publish(gateway: Gateway, to: string, text: string): Promise<Published> {
    const abilities = this.abilitiesOf(gateway);
    if (!abilities) throw new Error('the format of messages of this API is not known: send it as it is');
    const { queue, membersTable, format } = abilities;
    const running = this.sources.queues.find(queue?.arn);
    // Without channels and users, the queue accepts only messages to all.
    if (running && (to === '' || membersTable !== undefined)) {
      const MessageAttributes = to === '' ? undefined : { [PUBLISH.to]: { DataType: 'String', StringValue: to } };
      running.send(readOutgoing({ MessageBody: text, MessageAttributes }));
      return { queue: running.model.path };
    }
    return { frame: frameOf(format, channelOf(to), text), connectionIds: await this.connectionsOf(gateway, to) };
  }
}

/** Whether a queue takes broadcasts: functions of the construct write to all other queues of the delivery handler. */
function takesBroadcasts({ variables }: FunctionModel, queueArn: string): boolean {
  const isOfDelivery = variables[ENV.messageFormat] !== undefined;
  return isOfDelivery && ![variables[ENV.chunkQueueArn], variables[LAYER_ENV.messageQueueArn]].includes(queueArn);
}

/** Returns the channel of a target; for a user, the personal channel. */
function channelOf(to: string): string | undefined {
  const { channel, user } = TARGET_PREFIX;
  if (to.startsWith(channel)) return to.slice(channel.length);
  return to.startsWith(user) ? personalChannelOf(to.slice(user.length)) : undefined;
}

function frameOf(format: MessageFormatName, channel: string | undefined, text: string): string {
  const message = { id: randomUUID(), sentAt: Date.now(), text, format, target: ALL_CONNECTIONS, excluded: new Set<string>() };
  return format === 'ENVELOPE' ? JSON.stringify(messageFrame(message, channel)) : encode(message).toString();
}
