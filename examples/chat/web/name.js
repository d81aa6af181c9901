/* Who one is: a name that was chosen, or invented. */
import { $ } from './dom.js';
import { tidyName } from './messages.js';

/** Each window is a person of its own, hence sessionStorage. */
const KEPT = 'name';

/**
 * The field of the name. An address may bring a name along, `?name=Ann`, for a window's first time.
 *
 * @param {() => void} onChange
 * @returns {() => string} tells the name
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
