/* The message field. Enter sends, Shift and Enter begin a new line; text that cannot be sent stays. */
import { $ } from './dom.js';

const LONGEST = 4_000;
/** From this length on, the rest is counted down. */
const NEARLY = 3_500;

export class Composer {
  #canSend;
  #say;

  /**
   * @param {() => boolean} canSend
   * @param {(text: string) => void} say
   */
  constructor(canSend, say) {
    this.#canSend = canSend;
    this.#say = say;
    const field = $('text');
    field.addEventListener('input', () => this.look());
    field.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        $('composer').requestSubmit();
      }
    });
    $('composer').addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
  }

  get draft() {
    return $('text').value;
  }

  set draft(text) {
    $('text').value = text;
    this.look();
  }

  /** Shows whether the text can be sent, and how many characters are left. */
  look() {
    const field = $('text');
    field.style.height = 'auto';
    field.style.height = `${field.scrollHeight + field.offsetHeight - field.clientHeight}px`;
    const left = LONGEST - field.value.length;
    $('left').textContent = left < 0 ? `${-left} characters too many: shorten it, or send it in parts.`
      : field.value.length > NEARLY ? `${left} characters left` : '';
    $('left').classList.toggle('problem', left < 0);
    $('send').disabled = !this.#isReady;
  }

  get #isReady() {
    return this.#canSend() && this.draft.trim() !== '' && this.draft.length <= LONGEST;
  }

  #submit() {
    if (!this.#isReady) return;
    const text = this.draft.trim();
    this.draft = '';
    $('text').focus();
    this.#say(text);
  }
}
