/* What the examples' pages load once it is bundled: the client. */
declare module '*/vendor/broadcast-client.js' {
  export * from 'broadcast-websocket-client';
}
