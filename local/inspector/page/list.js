/*
 * A list of what happens, the newest last. Nodes are kept, so that the focus, and what the reader has marked, stay where they are.
 */
import { $ } from './dom.js';

const KEPT = 300;
const NEAR_END = 40;

/** @type {(item: any) => boolean} */
const everything = () => true;

export class List {
  /**
   * @param {string} name of its panel
   * @param {string} item name of one
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

  /** Shows those for which something holds, or all. */
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

  /** The newest stays in sight, unless the reader has gone back to an older one. */
  keepingEnd(change) {
    const { panel } = this;
    const atEnd = panel.scrollHeight - panel.scrollTop - panel.clientHeight < NEAR_END;
    change();
    this.none.hidden = this.nodes.size > 0;
    if (atEnd) this.toEnd();
  }
}
