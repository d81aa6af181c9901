import { type ITable } from 'aws-cdk-lib/aws-dynamodb';
import { type IQueue } from 'aws-cdk-lib/aws-sqs';
import { type ChannelRule } from './channel-rules';
import { type BroadcastWebSocketApiProps } from '../../broadcast-websocket-api-props';
import { LAYER } from '../layer-contract';

/** State of the layers that methods switch on. Functions read it when the app is synthesised, because more may be added until then. */
export interface ChannelState {
  membersTable?: ITable;
  /** The queue of the ticks that make the lists of who is there, once a rule has presence. */
  presenceQueue?: IQueue;
  readonly rules: ChannelRule[];
}

/** Source of which layers an API has. */
export interface LayerSource {
  readonly props: BroadcastWebSocketApiProps;
  readonly channels: ChannelState;
}

/** Whether the functions behind messages run their layered bundles. */
export function isLayered({ channels, props: { history, messageHook, userIdKey, messageFormat } }: LayerSource): boolean {
  return [history, messageHook, userIdKey].some((each) => each !== undefined) || channels.rules.length > 0 || sharesFrames({ messageFormat });
}

/** Whether messages that are delivered together share frames. */
export function sharesFrames({ messageFormat }: Pick<BroadcastWebSocketApiProps, 'messageFormat'>): boolean {
  return messageFormat?._sharesFrames ?? false;
}

/** The layers that are on, as clients know them. */
export function layersOf({ channels, props: { history, messageHook, userIdKey, messageFormat } }: LayerSource): string[] {
  return [
    ...(history ? [LAYER.history] : []), ...(channels.rules.length > 0 ? [LAYER.channels] : []),
    ...(messageHook ? [LAYER.hook] : []), ...(userIdKey === undefined ? [] : [LAYER.people]),
    ...(channels.rules.some(({ presence }) => presence) ? [LAYER.presence] : []),
    ...(sharesFrames({ messageFormat }) ? [LAYER.batch] : []),
  ];
}
