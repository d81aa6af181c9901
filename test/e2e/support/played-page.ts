import { createServer, type Server } from 'node:http';
import type { Browser, BrowserContextOptions, WebSocketRoute } from 'playwright-core';
import sirv from 'sirv';
import { ChatWindow } from './chat-window';
import { launchChromium } from '../../../harness/chromium';
import { buildPage } from '../../../harness/example';
import { listenOnLoopback, portOf } from '../../../harness/loopback';
import { scratchFolder, type Scratch } from '../../../harness/scratch';

/** Never reached: each test plays the API itself. */
export const PLAYED_API = 'ws://127.0.0.1:9/prod';

type Answer = (api: WebSocketRoute, sent: string) => void;

const PING = '{"action":"ping"}';

/** The chat's page, with an API that the test plays. */
export class PlayedPage {
  static async start(): Promise<PlayedPage> {
    const scratch = scratchFolder();
    await buildPage('chat', scratch.path);
    const server = createServer(sirv(scratch.path));
    await listenOnLoopback(server);
    return new PlayedPage(scratch, server, await launchChromium());
  }

  readonly origin: string;

  private constructor(private readonly scratch: Scratch, private readonly server: Server, readonly browser: Browser) {
    this.origin = `http://127.0.0.1:${portOf(server)}/`;
  }

  blank(options?: BrowserContextOptions): Promise<ChatWindow> {
    return ChatWindow.blank(this.browser, options);
  }

  /** Opens the page; its frames go to `answer`. Returns the connections as they come. */
  async open(window: ChatWindow, answer: Answer = () => undefined, pong = '{"action":"pong"}'): Promise<WebSocketRoute[]> {
    const connections: WebSocketRoute[] = [];
    const answered = new Set<WebSocketRoute>();
    await window.page.routeWebSocket(({ href }) => href.startsWith(PLAYED_API), (api) => {
      connections.push(api);
      api.onMessage((sent) => {
        // The first ping asks for the API's features: none, unless a test answers otherwise.
        if (String(sent) === PING && !answered.has(api)) api.send(pong);
        else answer(api, String(sent));
        answered.add(api);
      });
    });
    await window.open(`${this.origin}?url=${PLAYED_API}`);
    return connections;
  }

  async stop(): Promise<void> {
    await this.browser.close();
    this.server.close();
    this.scratch.remove();
  }
}

/** Returns the API's frame for a message. */
export function envelope(id: string, sentAt: number, message: string, from = 'AnnsConnection0='): string {
  return JSON.stringify({ type: 'message', id, from, sentAt, message });
}

/** Returns the same with this page's words. */
export function saying(id: string, sentAt: number, name: string, text: string): string {
  return envelope(id, sentAt, JSON.stringify({ key: `key of ${id}`, name, text }), `${name}sConnection0=`);
}
