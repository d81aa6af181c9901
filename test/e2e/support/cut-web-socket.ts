import WebSocket from 'ws';

/** A WebSocket class whose connections a test can cut: without a close frame, as when the network is gone. */
export function cutWebSockets(): { readonly WebSocket: typeof WebSocket; cutOne(): void } {
  const sockets = new Set<WebSocket>();
  class CutWebSocket extends WebSocket {
    constructor(address: string, protocols?: string[]) {
      super(address, protocols);
      sockets.add(this);
      this.on('error', () => undefined);
      this.on('close', () => sockets.delete(this));
    }
  }
  return {
    WebSocket: CutWebSocket as typeof WebSocket,
    cutOne: () => [...sockets].sort(() => Math.random() - 0.5)[0]?.terminate(),
  };
}
