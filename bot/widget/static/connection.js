import { ask, BufferedError, GoneError, LaterError, poll, stream } from "./stream.js";

/**
 * @typedef {{id: string, text: string, body: {text?: string, choice?: string, choices?: string[]}, tries: number}} Outgoing
 * @typedef {{
 *   receive: (envelope: any) => void, restored: () => void, settled: (item: Outgoing, seq: number | null) => void,
 *   refused: (item: Outgoing, problem: any) => void, line: (up: boolean) => void, ended: () => void,
 *   notice: (text: string) => void,
 * }} Hooks
 */

const PATIENCE = 20000;
const LONGEST_PAUSE = 30000;
const HISTORY = 200; // envelopes in one answer of the gateway
const LONELY_TRIES = 5; // repeats of a message whose danger card is already shown

/**
 * @param {string} token
 * @returns {Record<string, string>}
 */
const bearer = (token) => (token ? { Authorization: `Bearer ${token}` } : {});

/** One conversation with the gateway: begins, reads, sends in order, and comes back after every break. */
export class Connection {
  /** @type {Outgoing[]} */
  queue = [];
  last = 0;
  #polling = false;
  #running = false;
  #sending = false;
  #failures = 0;
  #restored = false;
  /** @type {Promise<void> | null} */
  #beginning = null;
  #former = ""; // tells the gateway whose alarm still stands; opens nothing
  #stop = new AbortController();
  /** @type {Set<() => void>} */
  #pauses = new Set();

  /**
   * @param {string} base
   * @param {import("./memory.js").Memory} memory
   * @param {string} language
   * @param {Hooks} hooks
   */
  constructor(base, memory, language, hooks) {
    this.base = base;
    this.memory = memory;
    this.language = language;
    this.hooks = hooks;
  }

  get token() {
    return this.memory.kept.token || "";
  }

  get begun() {
    return Boolean(this.token);
  }

  /** Begin to read; a conversation is made if there is none. */
  start() {
    if (this.#running) return;
    this.#running = true;
    this.#stop = new AbortController();
    void this.#listen(this.#stop.signal);
    void this.#flush();
  }

  /** Stop reading; what waits to be sent is kept. */
  stop() {
    this.#running = false;
    this.#stop.abort();
    this.wake();
  }

  /** Try again now: the browser says that something has changed. */
  wake() {
    for (const resume of this.#pauses) resume();
  }

  /**
   * @param {string} text what the patient sees of it
   * @param {Outgoing["body"]} body
   */
  send(text, body) {
    // randomUUID exists on https pages only
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    const id = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    const item = { id, text, body, tries: 0 };
    this.queue.push(item);
    this.start();
    void this.#flush();
    return item;
  }

  /** Have the gateway erase the conversation. */
  async erase() {
    if (!this.begun) return true;
    try {
      const answer = await ask(
        `${this.base}/api/conversation`,
        { method: "DELETE", headers: this.#headers() },
        PATIENCE,
      );
      return answer.ok || answer.status === 401;
    } catch {
      return false;
    }
  }

  /**
   * A sign for the staff that waits for no answer: somebody types, or an answer helped. Lost when the line is down.
   * @param {string} path
   * @param {any} body
   */
  signal(path, body) {
    if (!this.token) return;
    const headers = { ...this.#headers(), "Content-Type": "application/json" };
    ask(`${this.base}/api/${path}`, { method: "POST", headers, body: JSON.stringify(body) }, PATIENCE).catch(() => {});
  }

  /** Leave the conversation here; the gateway keeps it. */
  leave() {
    this.stop();
    this.queue = [];
    this.last = 0;
    this.#restored = false;
    this.#former = "";
    this.memory.forget();
  }

  #headers() {
    return bearer(this.token);
  }

  async #begin() {
    this.#beginning ??= (async () => {
      const headers = { ...bearer(this.#former), "Content-Type": "application/json" };
      const body = JSON.stringify({ language: this.language });
      const answer = await ask(`${this.base}/api/sessions`, { method: "POST", headers, body }, PATIENCE);
      if (!answer.ok) throw new LaterError(answer.retryAfter, answer.body);
      if (!this.#running) return; // left meanwhile
      this.last = 0;
      this.#restored = true;
      this.memory.keep({ token: answer.body.token, seen: 0, closed: 0 });
      this.#up();
      answer.body.messages.forEach((/** @type {any} */ one) => this.#take(one));
    })().finally(() => (this.#beginning = null));
    return this.#beginning;
  }

  /** @param {any} envelope */
  #take(envelope) {
    if (envelope.seq) {
      if (envelope.seq <= this.last) return; // a replay
      this.last = envelope.seq;
    }
    this.hooks.receive(envelope);
  }

  /** @param {AbortSignal} signal */
  async #listen(signal) {
    while (!signal.aborted) {
      try {
        if (!this.begun) await this.#begin();
        if (!this.#restored) await this.#restore(signal);
        const asked = Date.now();
        const on = { open: () => this.#up(), receive: (/** @type {any} */ one) => this.#take(one) };
        if (this.#polling) (await poll(this.base, this.#headers(), this.last, signal)).forEach(on.receive);
        else await stream(this.base, this.#headers(), this.last, signal, on);
        this.#up();
        if (Date.now() - asked < 500) await this.#pause(500); // a gateway that is closing answers at once
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof GoneError) return this.#gone();
        if (error instanceof BufferedError) this.#polling = true;
        else await this.#rest(error);
      }
    }
  }

  /** @param {AbortSignal} signal */
  async #restore(signal) {
    for (;;) {
      const found = await poll(this.base, this.#headers(), this.last, signal, 0);
      found.forEach((one) => this.#take(one));
      if (found.length < HISTORY) break;
    }
    this.#restored = true;
    this.hooks.restored();
  }

  #gone() {
    this.stop();
    this.last = 0;
    this.#former = this.token || this.#former;
    this.memory.keep({ token: undefined, seen: 0, closed: 0 });
    this.hooks.ended();
  }

  async #flush() {
    if (this.#sending) return;
    this.#sending = true;
    while (this.queue.length && this.#running) {
      const item = this.queue[0];
      try {
        if (!this.begun) await this.#begin();
        await this.#post(item);
      } catch (error) {
        if (!this.#running || this.queue[0] !== item) break;
        await this.#rest(error);
      }
    }
    this.#sending = false;
  }

  /** @param {Outgoing} item */
  async #post(item) {
    const headers = { ...this.#headers(), "Content-Type": "application/json" };
    const body = JSON.stringify({ id: item.id, language: this.language, ...item.body });
    const answer = await ask(`${this.base}/api/messages`, { method: "POST", headers, body }, PATIENCE);
    if (this.queue[0] !== item) return; // left meanwhile
    const cards = answer.body?.envelopes || [];
    cards.forEach((/** @type {any} */ one) => this.hooks.receive(one));
    if (answer.status === 401) return this.#again(item);
    if (answer.status === 429 || answer.status >= 500) throw new LaterError(answer.retryAfter, answer.body);
    if (answer.ok && !answer.body.seq && ++item.tries < LONELY_TRIES) {
      // Danger was answered, but the message is not kept yet: say it again later under the same id.
      this.#up();
      return this.#pause(10000);
    }
    this.queue.shift();
    this.#up();
    if (answer.ok) this.hooks.settled(item, answer.body.seq);
    else this.hooks.refused(item, answer.body);
  }

  /**
   * The session is over. What was typed may be urgent, so it goes on in a new one; a picked choice can't.
   * @param {Outgoing} item
   */
  async #again(item) {
    if (item.tries++ > 1) throw new LaterError(10, null);
    const waiting = this.queue;
    this.queue = waiting.filter((one) => one.body.text);
    waiting.filter((one) => !one.body.text).forEach((one) => this.hooks.refused(one, null));
    if (this.begun) this.#gone();
    this.start();
  }

  #up() {
    this.#failures = 0;
    this.hooks.line(true);
  }

  /** @param {unknown} error */
  async #rest(error) {
    this.#failures += 1;
    if (error instanceof LaterError) {
      if (error.problem?.detail) this.hooks.notice(error.problem.detail);
      else if (this.#failures > 1) this.hooks.line(false);
      return this.#pause(Math.min(60, error.after * this.#failures) * 1000);
    }
    if (!navigator.onLine || this.#failures > 1) this.hooks.line(false);
    const most = Math.min(LONGEST_PAUSE, 500 * 2 ** this.#failures);
    return this.#pause(most * (0.5 + Math.random() / 2)); // not all patients at once after an outage
  }

  /** @param {number} milliseconds */
  #pause(milliseconds) {
    return /** @type {Promise<void>} */ (
      new Promise((resolve) => {
        const done = () => {
          clearTimeout(timer);
          this.#pauses.delete(done);
          resolve();
        };
        const timer = setTimeout(done, milliseconds);
        this.#pauses.add(done);
      })
    );
  }
}
