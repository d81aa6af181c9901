import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { Actions, type ActionSources } from './actions';
import type { Feed } from './feed';
import { refusal } from './guard';
import { messageOf } from '../errors';
import { listenOn } from '../gateway/ports';
import { readBody } from '../request-body';

export interface InspectorOptions extends ActionSources {
  readonly feed: Feed;
  /** 0 for any free port. */
  readonly port: number;
  /** Whether to use another port when this one is in use. */
  readonly isPortFlexible: boolean;
}

/** The page's own files, and the style that all pages share. Beside the bundle, the first folder has both. */
const FOLDERS = [join(__dirname, 'page'), join(__dirname, '..', '..', 'examples', 'look')];

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8', '.css': 'text/css; charset=utf-8', '.js': 'text/javascript; charset=utf-8',
};

const HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
    + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

/** Interval between updates, so that a broadcast to thousands needs few. */
const FLUSH_MILLIS = 100;

/** Delay for showing connections that opened or were used. */
const STATE_MILLIS = 1_000;

const MAX_BODY_BYTES = 512 * 1024;

export const inspectorInUse = (port: number) => `port ${port} of the inspector is in use; pass another one with --inspector, or --no-inspector`;

/** A page that shows connections, messages, events and rows, and can send and disconnect. It serves this machine and its own page only. */
export class Inspector {
  static async start(options: InspectorOptions): Promise<Inspector> {
    const inspector = new Inspector(options);
    try {
      await listenOn(inspector.server, options.port, inspectorInUse);
    } catch (error) {
      if (!options.isPortFlexible) throw error;
      await listenOn(inspector.server, 0);
    }
    inspector.stateTimer = setInterval(() => inspector.showState(), STATE_MILLIS);
    return inspector;
  }

  private readonly server: Server = createServer((request, response) => void this.serve(request, response));
  private readonly actions: Actions;
  /** Files of the page by address. */
  private readonly page = new Map(FOLDERS.filter((folder) => existsSync(folder)).flatMap((folder) => readdirSync(folder)
    .filter((name) => Object.hasOwn(TYPES, extname(name)))
    .map((name) => [name === 'index.html' ? '/' : `/${name}`, join(folder, name)] as const)));

  private readonly viewers = new Set<ServerResponse>();
  private stateTimer?: NodeJS.Timeout;
  private shownState = '';
  private flushTimer?: NodeJS.Timeout;

  private constructor(private readonly options: InspectorOptions) {
    this.actions = new Actions(options);
    options.feed.onNews(() => this.onNews());
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/`;
  }

  async stop(): Promise<void> {
    clearInterval(this.stateTimer);
    clearTimeout(this.flushTimer);
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private onNews(): void {
    this.flushTimer ??= setTimeout(() => {
      this.flushTimer = undefined;
      const news = this.options.feed.take();
      if (this.viewers.size > 0) this.toAll({ ...news, ...this.actions.state() });
    }, FLUSH_MILLIS);
  }

  private showState(): void {
    if (this.viewers.size === 0) return;
    const state = this.actions.state();
    const text = JSON.stringify(state);
    if (text !== this.shownState) this.toAll(state);
    this.shownState = text;
  }

  private get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://local');
      const page = request.method === 'GET' ? this.page.get(pathname) : undefined;
      const refused = refusal(request, this.port, page !== undefined);
      if (refused !== undefined) return answer(response, 403, { message: refused });
      if (page !== undefined) return void response.setHeader('Content-Type', TYPES[extname(page)]).end(readFileSync(page));
      if (request.method === 'GET' && pathname === '/feed') return this.view(response);
      const input = request.method === 'GET' ? Object.fromEntries(searchParams) : await inputOf(request);
      const action = this.actions.named(`${request.method} ${pathname}`);
      if (!action) return answer(response, 404, { message: 'Not found' });
      answer(response, 200, await action(input) ?? {});
    } catch (error) {
      if (response.headersSent) response.destroy();
      else answer(response, 400, { message: messageOf(error) });
    }
  }

  /** Sends everything that is kept, then updates. */
  private view(response: ServerResponse): void {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.write(data({ ...this.options.feed.all(), ...this.actions.state() }));
    this.viewers.add(response);
    response.once('close', () => this.viewers.delete(response));
  }

  private toAll(news: object): void {
    const text = data(news);
    for (const viewer of this.viewers) {
      // A page that does not read is disconnected; it gets everything when it comes back.
      if (viewer.writableLength > MAX_BODY_BYTES) viewer.destroy();
      else viewer.write(text);
    }
  }
}

function data(news: object): string {
  return `data: ${JSON.stringify(news)}\n\n`;
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}

async function inputOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const body = await readBody(request, MAX_BODY_BYTES);
  if (body === 'too large') throw new Error('the request is too large');
  return JSON.parse(body.toString()) as Record<string, unknown>;
}
