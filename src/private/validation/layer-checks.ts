import { ArnFormat, Stack, Token } from 'aws-cdk-lib';
import { type IFunction } from 'aws-cdk-lib/aws-lambda';
import { type Construct } from 'constructs';
import { checkInteger } from './checks';
import { type BroadcastWebSocketApiProps } from '../../broadcast-websocket-api-props';
import { LAYER_BOUND, LAYER_DEFAULT } from '../layer-contract';

/** The props that switch a layer on. */
const LAYER_PROPS = ['history', 'messageHook', 'userIdKey'] as const;

/** Throws on the first prop of the layers that would not do what it says. Creates nothing. */
export function checkLayers(scope: Construct, props: BroadcastWebSocketApiProps): void {
  for (const prop of LAYER_PROPS) if (props[prop] !== undefined) checkHeartbeat(`'${prop}'`, props);
  if (props.messageHook) checkHook(scope, props.messageHook);
  const { maxMaxChannelsPerConnection: most } = LAYER_BOUND;
  const why = `a disconnect deletes two rows for each: leave it out to get ${LAYER_DEFAULT.maxChannelsPerConnection}`;
  checkInteger('maxChannelsPerConnection', props.maxChannelsPerConnection, 1, most, 'channels', why);
}

/** Throws if clients could not learn that there is a layer. */
export function checkHeartbeat(layer: string, { heartbeat }: BroadcastWebSocketApiProps): void {
  if (heartbeat !== false) return;
  throw new Error(
    `'heartbeat' must be on with ${layer}, got false; clients learn from its answer what they may ask for, and would otherwise broadcast it: leave heartbeat out`,
  );
}

/** Functions are invoked by their ARN, without a policy of their own that would let another account in. */
function checkHook(scope: Construct, { functionArn }: IFunction): void {
  if (Token.isUnresolved(functionArn)) return;
  const stack = Stack.of(scope);
  const home = stack.splitArn(functionArn, ArnFormat.COLON_RESOURCE_NAME);
  for (const part of ['account', 'region'] as const) {
    const [got, wanted] = [home[part], stack[part]];
    if (got && !Token.isUnresolved(got) && !Token.isUnresolved(wanted) && got !== wanted) {
      throw new Error(`'messageHook' must be in the ${part} of the API, ${wanted}, got ${got}; create the function beside the API`);
    }
  }
}
