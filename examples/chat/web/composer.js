/* Where one writes: the name, and the message. */
import { tidyName } from './messages.js';

/**
 * An element of the page, of whichever kind it is there.
 *
 * @param {string} id
 * @returns {any}
 */
const $ = (id) => document.getElementById(id);

/** Each window is a person of its own, hence sessionStorage. Returns a function that tells the name. */
export function nameField() {
  const field = $('name');
  field.value = sessionStorage.getItem('name') ?? inventName();
  keep();
  field.addEventListener('change', keep);
  field.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') {
      event.preventDefault();
      $('text').focus();
    }
  });
  return () => field.value;

  function keep() {
    field.value = tidyName(field.value) || inventName();
    sessionStorage.setItem('name', field.value);
  }
}

function inventName() {
  const pick = (words) => words[Math.floor(Math.random() * words.length)];
  return `${pick(['Amber', 'Brisk', 'Calm', 'Dapper', 'Eager', 'Gentle', 'Lucky', 'Merry', 'Nimble', 'Quiet', 'Sunny', 'Witty'])} `
    + pick(['Badger', 'Crane', 'Dormouse', 'Finch', 'Gecko', 'Heron', 'Lynx', 'Marten', 'Otter', 'Puffin', 'Robin', 'Wren']);
}

/** Enter sends, Shift and Enter begin a new line; what could not be sent stays. */
export function composer(say) {
  const field = $('text');
  const fit = () => {
    field.style.height = 'auto';
    field.style.height = `${field.scrollHeight + field.offsetHeight - field.clientHeight}px`;
  };
  field.addEventListener('input', fit);
  field.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      $('composer').requestSubmit();
    }
  });
  $('composer').addEventListener('submit', (event) => {
    event.preventDefault();
    if (field.value.trim() === '' || !say(field.value.trim())) return;
    field.value = '';
    fit();
    field.focus();
  });
  field.focus();
}
