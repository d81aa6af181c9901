export { BroadcastWebSocketApi, type IBroadcastWebSocketApi } from './broadcast-websocket-api';
export { type BroadcastWebSocketApiProps } from './broadcast-websocket-api-props';
export { type HandlerOptions } from './handler-options';
export { MessageFormat } from './message-format';
