import { type ITable } from 'aws-cdk-lib/aws-dynamodb';
import { type ChannelRule } from './channel-rules';
import { type BroadcastWebSocketApiProps } from '../../broadcast-websocket-api-props';
import { LAYER } from '../layer-contract';

/** What has been switched on by methods so far. Functions learn of it when the app is synthesised: more may come until then. */
export interface ChannelState {
  membersTable?: ITable;
  readonly rules: ChannelRule[];
}

/** What says which layers an API has. */
export interface LayerSource {
  readonly props: BroadcastWebSocketApiProps;
  readonly channels: ChannelState;
}

/** Whether the functions behind messages run their layered bundles. */
export function isLayered({ channels, props: { history, messageHook, userIdKey } }: LayerSource): boolean {
  return [history, messageHook, userIdKey].some((each) => each !== undefined) || channels.rules.length > 0;
}

/** The layers that are on, as clients know them. */
export function layersOf({ channels, props: { history, messageHook, userIdKey } }: LayerSource): string[] {
  return [
    ...(history ? [LAYER.history] : []), ...(channels.rules.length > 0 ? [LAYER.channels] : []),
    ...(messageHook ? [LAYER.hook] : []), ...(userIdKey === undefined ? [] : [LAYER.people]),
  ];
}
