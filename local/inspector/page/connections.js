/* Shows the connections, filters messages by one, and disconnects it. */
import { $, ago, call, element } from './dom.js';
import { channelsOf, personOf, state } from './state.js';

/**
 * @param {(id: string | undefined) => void} onSelect
 * @param {(text: string, isBad?: boolean) => void} say
 */
export function connections(onSelect, say) {
  const list = $('connection-list');

  function item(id) {
    const pick = element('button', { type: 'button', className: 'pick', onclick: () => onSelect(state.selected === id ? undefined : id) },
      element('code', { textContent: id }), element('span', { className: 'who' }), element('span', { className: 'what' }));
    const close = element('button', { type: 'button', className: 'close', textContent: 'Disconnect', onclick: () => disconnect(id) });
    close.setAttribute('aria-label', `Disconnect ${id}`);
    const node = element('li', {}, pick, close);
    node.dataset.id = id;
    return node;
  }

  async function disconnect(connectionId) {
    try {
      await call('POST', '/disconnect', { connectionId });
      say(`Disconnected ${connectionId}`);
    } catch (error) {
      say(error.message, true);
    }
  }

  return {
    /** Keeps the nodes, so that the focus stays. */
    show(count) {
      const known = new Map([...list.children].map((node) => [node.dataset.id, node]));
      for (const connection of state.connections) {
        const node = known.get(connection.id) ?? list.appendChild(item(connection.id));
        known.delete(connection.id);
        const { id, isOpen, stage, connectedAt, sent, received, userAgent } = connection;
        const who = [personOf(id), channelsOf(id).join(', ')].filter(Boolean).join(' · ');
        node.querySelector('.who').textContent = who;
        node.querySelector('.what').textContent = isOpen ? `${stage} · ${ago(connectedAt)} · sent ${sent}, got ${received}` : `${stage} · connecting`;
        node.querySelector('.pick').title = userAgent ?? '';
        node.querySelector('.pick').setAttribute('aria-pressed', String(id === state.selected));
        node.querySelector('.close').disabled = !isOpen;
      }
      for (const gone of known.values()) gone.remove();
      $('connection-count').textContent = count;
      $('no-connections').hidden = count > 0;
    },
  };
}
