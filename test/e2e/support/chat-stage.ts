import { join } from 'node:path';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { ChatWindow } from './chat-window';
import { launchChromium } from '../../../harness/chromium';
import { buildPage } from '../../../harness/example';
import { scratchFolder, type Scratch } from '../../../harness/scratch';
import { startLocal, type Local, type LocalOptions } from '../../../local';

/** The chat's page at an API in the local runner, and a browser for it. */
export class ChatStage {
  /** @param synthesize writes the cloud assembly into a folder */
  static async start(synthesize: (outdir: string) => Promise<void> | void): Promise<ChatStage> {
    const scratch = scratchFolder();
    const [browser] = await Promise.all([launchChromium(), buildPage('chat', join(scratch.path, 'web')), synthesize(join(scratch.path, 'cdk.out'))]);
    return new ChatStage(scratch, browser);
  }

  /** The runner, from the first `serve` on. */
  local!: Local;
  readonly windows: ChatWindow[] = [];

  private constructor(readonly scratch: Scratch, readonly browser: Browser) {}

  /** Starts a runner without messages. */
  async serve(options: LocalOptions = {}): Promise<void> {
    this.local = await startLocal({ assembly: join(this.scratch.path, 'cdk.out'), serve: join(this.scratch.path, 'web'), ...options });
  }

  /** Starts a runner at the address of the previous one. */
  serveAgain(): Promise<void> {
    return this.serve({ port: Number(new URL(this.local.page!).port) });
  }

  async blankWindow(options?: BrowserContextOptions): Promise<ChatWindow> {
    const window = await ChatWindow.blank(this.browser, options);
    this.windows.push(window);
    return window;
  }

  /** Errors in all pages and their consoles. */
  complaints(): string[] {
    return this.windows.flatMap((window) => window.complaints);
  }

  /** Closes all windows, and stops the runner. */
  async leave(): Promise<void> {
    await Promise.all(this.windows.splice(0).map((window) => window.close()));
    await (this.local as Local | undefined)?.stop();
  }

  async stop(): Promise<void> {
    await this.leave();
    await this.browser.close();
    this.scratch.remove();
  }
}
