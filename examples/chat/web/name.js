/* The reader's name, chosen or invented. */
import { $ } from './dom.js';
import { tidyName } from './messages.js';

/** Each window is another person, hence sessionStorage. */
const KEPT = 'name';

/**
 * Sets up the name field. An address may contain a name for a new window: `?name=Ann`.
 *
 * @param {() => void} onChange
 * @returns {() => string} returns the name
 */
export function nameField(onChange) {
  const field = $('name');
  const address = new URL(location.href);
  const given = tidyName(address.searchParams.get('name') ?? '');
  if (address.searchParams.has('name')) {
    address.searchParams.delete('name');
    history.replaceState(null, '', address);
  }
  let name = '';
  keep(given || sessionStorage.getItem(KEPT) || '');
  field.addEventListener('change', () => {
    const before = name;
    keep(field.value);
    if (name !== before) onChange();
  });
  field.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') {
      event.preventDefault();
      $('text').focus();
    }
  });
  return () => name;

  function keep(typed) {
    name = tidyName(typed) || inventName();
    field.value = name;
    sessionStorage.setItem(KEPT, name);
  }
}

function inventName() {
  const pick = (words) => words[Math.floor(Math.random() * words.length)];
  return `${pick(['Amber', 'Brisk', 'Calm', 'Dapper', 'Eager', 'Gentle', 'Lucky', 'Merry', 'Nimble', 'Quiet', 'Sunny', 'Witty'])} `
    + pick(['Badger', 'Crane', 'Dormouse', 'Finch', 'Gecko', 'Heron', 'Lynx', 'Marten', 'Otter', 'Puffin', 'Robin', 'Wren']);
}
