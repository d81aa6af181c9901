/* Switches between views. On a narrow screen the connections are one of them; on a wide one they are beside the others. */
import { $ } from './dom.js';

const narrow = matchMedia('(max-width: 47.99rem)');

/** @param {(panel: string) => void} onOpen */
export function tabs(onOpen) {
  /** @type {NodeListOf<HTMLElement>} */
  const found = document.querySelectorAll('[role=tab]');
  const all = [...found];
  const usable = () => all.filter((tab) => !tab.hidden && (narrow.matches || !tab.classList.contains('narrow')));
  const panelOf = (tab) => tab.getAttribute('aria-controls');

  function open(tab) {
    for (const other of all) {
      const isOpen = other === tab;
      other.setAttribute('aria-selected', String(isOpen));
      other.tabIndex = isOpen ? 0 : -1;
      $(panelOf(other)).hidden = !isOpen && (panelOf(other) !== 'connections' || narrow.matches);
    }
    tab.scrollIntoView?.({ block: 'nearest', inline: 'nearest' });
    onOpen(panelOf(tab));
  }

  all.forEach((tab) => {
    tab.onclick = () => open(tab);
    tab.onkeydown = ({ key }) => {
      const those = usable();
      const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
      const target = key === 'Home' ? those[0] : key === 'End' ? those.at(-1) : step && those.at((those.indexOf(tab) + step) % those.length);
      if (!target) return;
      target.focus();
      open(target);
    };
  });

  function arrange() {
    const connections = $('connections');
    connections.setAttribute('role', narrow.matches ? 'tabpanel' : 'region');
    connections.setAttribute('aria-labelledby', narrow.matches ? 'tab-connections' : 'connections-title');
    if (narrow.matches) connections.tabIndex = 0;
    else connections.removeAttribute('tabindex');
    const selected = all.find((tab) => tab.getAttribute('aria-selected') === 'true');
    open(usable().includes(selected) ? selected : $('tab-messages'));
  }

  narrow.addEventListener('change', arrange);
  arrange();
}
