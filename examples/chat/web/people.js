/* The users in the shown room. On a narrow screen the list is behind a button. */
import { $, copyOf, hue, initial, set } from './dom.js';
import { directIdOf } from './session.js';

export function peoplePanel() {
  const toggle = (isOpen) => {
    document.body.classList.toggle('with-people', isOpen);
    $('show-people').setAttribute('aria-expanded', String(isOpen));
  };
  $('show-people').addEventListener('click', () => {
    const isOpen = !document.body.classList.contains('with-people');
    toggle(isOpen);
    if (isOpen) $('hide-people').focus();
  });
  $('hide-people').addEventListener('click', () => {
    toggle(false);
    $('show-people').focus();
  });
  $('people').addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && document.body.classList.contains('with-people')) $('hide-people').click();
  });
  return { close: () => toggle(false) };
}

/**
 * @param {import('./room.js').Room} room
 * @param {string} me
 * @param {boolean} canWrite whether direct messages are possible
 */
export function showPeople({ kind, people }, me, canWrite) {
  // The first list may come before it has this page's user.
  const isKnown = kind === 'room' && people?.count > 0;
  for (const id of ['people', 'show-people']) set($(id), { hidden: !isKnown });
  document.body.classList.toggle('has-people', isKnown);
  if (!isKnown) return;
  const members = (people.members ?? []).toSorted((a, b) => nameOf(a).localeCompare(nameOf(b)));
  set($('show-people'), { textContent: `${people.count} here` });
  set($('many'), { textContent: people.members ? '' : `${people.count} people, too many to name.` });
  const shown = JSON.stringify([members, me, canWrite]);
  if ($('members').dataset.shown === shown) return;
  $('members').dataset.shown = shown;
  $('members').replaceChildren(...members.map((member) => draw(nameOf(member), me, canWrite)));
}

function draw(name, me, canWrite) {
  const { element, part } = copyOf('member');
  element.style.setProperty('--hue', hue(name));
  part('.avatar').textContent = initial(name);
  part('.label').textContent = name === me ? `${name} (you)` : name;
  if (canWrite && name !== me) {
    part('a').href = `#${encodeURIComponent(directIdOf(name))}`;
    part('a').title = `Write to ${name}`;
  }
  return element;
}

/** @param {{ id: string, name?: string }} member */
function nameOf({ name, id }) {
  return name ?? `guest ${id.slice(0, 4)}`;
}
