import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';

const PATIENCE_MILLIS = 15_000;

/** A window with the chat's page, seen as its reader sees it: by labels, roles and texts. */
export class ChatWindow {
  /** Opens an empty window. Each is a browser of its own: two share nothing but the API. */
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
    await this.page.goto(address);
    await this.state('Connected');
    if (name) {
      await this.name.fill(name);
      await this.name.press('Enter');
    }
    return this;
  }

  async state(text: string): Promise<void> {
    await this.page.getByRole('status').filter({ hasText: text }).waitFor();
  }

  async say(text: string): Promise<void> {
    await this.text.fill(text);
    await this.text.press('Enter');
  }

  /** Waits for a message that has arrived: an own one has when it has come back. */
  async arrived(text: string): Promise<{ name: string | null; own: boolean }> {
    const message = this.page.locator('.message:not([data-fate="sending"], [data-fate="doubtful"])').filter({ hasText: text });
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
