/* A list of events, the newest last. Nodes are kept, so that the focus and the reader's selection stay. */
import { $ } from './dom.js';

const KEPT = 300;
const NEAR_END = 40;

/** @type {(item: any) => boolean} */
const everything = () => true;

export class List {
  /**
   * @param {string} name of the list's panel
   * @param {string} item name of one item
   * @param {(item: any) => HTMLElement} create
   */
  constructor(name, item, create) {
    this.panel = $(name);
    this.list = $(`${item}-list`);
    this.none = $(`no-${name}`);
    this.create = create;
    this.items = new Map();
    this.nodes = new Map();
    this.isShown = everything;
  }

  add(items) {
    this.keepingEnd(() => {
      for (const item of items) {
        this.items.set(item.number, item);
        this.show(item);
      }
      for (const number of [...this.items.keys()].slice(0, Math.max(0, this.items.size - KEPT))) {
        this.items.delete(number);
        this.nodes.get(number)?.remove();
        this.nodes.delete(number);
      }
    });
  }

  /** Shows the items that match, or all. */
  filter(isShown = everything) {
    this.isShown = isShown;
    this.list.replaceChildren();
    this.nodes.clear();
    this.keepingEnd(() => { for (const item of this.items.values()) this.show(item); });
  }

  clear() {
    this.items.clear();
    this.filter(this.isShown);
  }

  toEnd() {
    this.panel.scrollTop = this.panel.scrollHeight;
  }

  show(item) {
    if (!this.isShown(item)) return;
    const node = this.create(item);
    const known = this.nodes.get(item.number);
    if (known) known.replaceWith(node);
    else this.list.append(node);
    this.nodes.set(item.number, node);
  }

  /** Keeps the newest in view, unless the reader has scrolled up. */
  keepingEnd(change) {
    const { panel } = this;
    const atEnd = panel.scrollHeight - panel.scrollTop - panel.clientHeight < NEAR_END;
    change();
    this.none.hidden = this.nodes.size > 0;
    if (atEnd) this.toEnd();
  }
}
