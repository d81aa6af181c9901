import { type WebSocketRoute } from 'aws-cdk-lib/aws-apigatewayv2';
import { WebSocketLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { type IFunction } from 'aws-cdk-lib/aws-lambda';
import { type ReservingWebSocketApi } from './reserved-routes';
import { ACTION } from '../layer-contract';
import { suppressRoute } from '../monitoring/nag-suppressions';

/** Something that clients ask the layers for. */
export type Action = (typeof ACTION)[keyof typeof ACTION];

const INTEGRATION_OF: Readonly<Record<Action, string>> = {
  [ACTION.publish]: 'PublishIntegration',
  [ACTION.history]: 'HistoryIntegration',
  [ACTION.subscribe]: 'SubscribeIntegration',
  [ACTION.unsubscribe]: 'UnsubscribeIntegration',
  [ACTION.presence]: 'PresenceIntegration',
};

/** The property or method that adds a route, as errors name it. */
export type Adding = 'history' | 'messageHook' | 'addChannels';

/** Throws if an API has a route of one of these actions already. Creates nothing. */
export function checkActionsFree(api: ReservingWebSocketApi, actions: readonly Action[], by: Adding): void {
  for (const action of actions) api.checkFree(action, reservationOf(by));
}

/** Adds the route of an action, which is answered by what the function returns. */
export function addActionRoute(api: ReservingWebSocketApi, action: Action, handler: IFunction, by: Adding): WebSocketRoute {
  const integration = new WebSocketLambdaIntegration(INTEGRATION_OF[action], handler);
  const route = api.reserveRoute(action, { integration, returnResponse: true }, reservationOf(by));
  suppressRoute(route);
  return route;
}

function reservationOf(by: Adding) {
  return { prop: by, fix: 'rename yours' };
}
