export { BroadcastWebSocketApi, type BroadcastWebSocketApiProps, type IBroadcastWebSocketApi } from './broadcast-websocket-api';
export { type HandlerOptions } from './handler-options';
export { MessageFormat } from './message-format';
