import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { eventually } from '../../../harness/eventually';

const PATIENCE_MILLIS = 15_000;
/** A list follows a change within 15 seconds. A connection that died silently is first idle, which frames to its room put off. */
const PRESENCE_PATIENCE_MILLIS = 90_000;

/** A window with the chat's page, used like its reader: by labels, roles and texts. */
export class ChatWindow {
  /** Opens an empty window. Each is its own browser: two share nothing but the API. */
  static async blank(browser: Browser, options: BrowserContextOptions = {}): Promise<ChatWindow> {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MILLIS);
    return new ChatWindow(context, page);
  }

  /** Errors in the page and in its console. */
  readonly complaints: string[] = [];

  private constructor(readonly context: BrowserContext, readonly page: Page) {
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
  }

  get name() {
    return this.page.getByLabel('You speak as');
  }

  get text() {
    return this.page.getByLabel('Message', { exact: true });
  }

  button(name: string) {
    return this.page.getByRole('button', { name });
  }

  async open(address: string, name?: string): Promise<this> {
    await this.page.goto(name ? `${address}&name=${encodeURIComponent(name)}` : address);
    await this.state('Connected');
    return this;
  }

  /** Waits until the conversation is shown. */
  async isIn(title: string): Promise<void> {
    await this.page.getByRole('heading', { level: 1, name: title, exact: true }).waitFor();
  }

  /** Returns an entry of the list of conversations. */
  entry(title: string) {
    return this.page.getByRole('navigation').getByRole('link').filter({ has: this.page.getByText(title, { exact: true }) });
  }

  async enter(title: string): Promise<void> {
    await this.entry(title).click();
    await this.isIn(title);
  }

  /** Opens a room by its name. */
  async openRoom(name: string): Promise<void> {
    await this.page.getByLabel('Name of a room').fill(name);
    await this.page.getByLabel('Name of a room').press('Enter');
  }

  /** Begins to write to a user who is connected. */
  async writeTo(name: string): Promise<void> {
    await this.page.locator('#members').getByRole('link', { name, exact: true }).click();
    await this.isIn(name);
  }

  /** Waits until exactly these users are in the shown room. */
  async sees(...names: string[]): Promise<void> {
    let shown: string[] = [];
    await eventually(async () => {
      shown = (await this.page.locator('#members .label').allTextContents()).map((name) => name.replace(' (you)', '')).sort();
      return shown.join() === names.sort().join();
    }, PRESENCE_PATIENCE_MILLIS).catch(() => {
      throw new Error(`the room should show ${names.join()}, and shows ${shown.join()}`);
    });
  }

  /** Number of unread messages of a conversation in the list. */
  unread(title: string): Promise<string> {
    return this.entry(title).locator('.badge').evaluate((badge: HTMLElement) => badge.hidden ? '' : badge.textContent!);
  }

  async state(text: string): Promise<void> {
    await this.page.getByRole('status').filter({ hasText: text }).waitFor();
  }

  /** Waits until the page knows where a message would go. */
  async canWrite(): Promise<void> {
    await this.page.getByPlaceholder(/^Write to /).waitFor();
  }

  async say(text: string): Promise<void> {
    await this.canWrite();
    await this.text.fill(text);
    await this.text.press('Enter');
  }

  /** Waits for a message that has arrived; an own one counts once it has come back. */
  async arrived(text: string): Promise<{ name: string | null; own: boolean }> {
    const message = this.page.locator('.message:not([data-fate="sending"], [data-fate="failed"])').filter({ hasText: text });
    await message.waitFor();
    const name = await message.locator('.name').textContent();
    return { name, own: /\bown\b/.test(await message.getAttribute('class') ?? '') };
  }

  texts(): Promise<string[]> {
    return this.page.locator('.message .text').allTextContents();
  }

  async close(): Promise<void> {
    await this.context.close();
  }
}
