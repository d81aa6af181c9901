export { type AccessOptions } from './access-options';
export { BroadcastWebSocketApi } from './broadcast-websocket-api';
export { type IBroadcastWebSocketApi } from './broadcast-websocket-api-base';
export { type BroadcastWebSocketApiProps } from './broadcast-websocket-api-props';
export { type DirectFanOutOptions, FanOut, type QueuedFanOutOptions } from './fan-out';
export { type HandlerOptions } from './handler-options';
export { type BroadcastWebSocketApiAttributes } from './imported-broadcast-websocket-api';
export { MessageFormat } from './message-format';
