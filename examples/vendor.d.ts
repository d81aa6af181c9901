/* What the examples' pages load once it is bundled: the client, with partysocket in it. */
declare module '*/vendor/broadcast-client.js' {
  export * from 'broadcast-websocket-client';
}
