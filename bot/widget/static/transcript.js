import { h, icon } from "./dom.js";
import { message } from "./message.js";

/** @typedef {import("./message.js").Envelope} Envelope */

/** The conversation: messages in the order of their numbers, what waits to be sent below, each shown once. */
export class Transcript {
  /** @type {Map<string, Envelope>} */
  #shown = new Map();
  /** @type {Map<import("./connection.js").Outgoing, any>} */
  #waiting = new Map();
  #anchor = /** @type {any} */ (null); // where reading goes on: the first message of the current turn
  #follow = true;
  #at = 0; // where we put the reader; who is above that has scrolled up

  /** @param {import("./message.js").Ground} ground */
  constructor(ground) {
    this.ground = ground;
    const { texts } = ground;
    this.log = h("div", { class: "log", role: "log", "aria-live": "polite", "aria-label": texts.say("log") });
    this.dots = h(
      "div",
      { class: "message bot typing", hidden: true },
      h("div", { class: "body" }, h("span", { class: "unseen", text: texts.say("typing") }), h("i"), h("i"), h("i")),
    );
    this.offer = h("div", { class: "offer" });
    this.element = h(
      "div",
      { class: "scroll", tabindex: "0", role: "group", "aria-label": texts.say("log"), onscroll: () => this.#scrolled() },
      this.log,
      this.dots,
      this.offer,
    );
    this.jump = h(
      "button",
      { class: "jump", type: "button", hidden: true, onclick: () => this.follow() },
      icon("down"),
      h("span", { text: texts.say("new_below") }),
    );
    new ResizeObserver(() => this.#follow && this.#settle()).observe(this.element);
  }

  get messages() {
    return [...this.#shown.values()].sort((a, b) => (a.seq ?? Infinity) - (b.seq ?? Infinity));
  }

  /** @param {string} id */
  has(id) {
    return this.#shown.has(id);
  }

  /** While history is shown again it is not read out. @param {boolean} quiet */
  quiet(quiet) {
    this.log.setAttribute("aria-live", quiet ? "off" : "polite");
  }

  /**
   * @param {Envelope} envelope
   * @returns {boolean} false when it is here already
   */
  add(envelope) {
    if (this.#shown.has(envelope.id)) return false;
    this.#shown.set(envelope.id, envelope);
    const waited = envelope.from === "patient" ? this.#waited(envelope) : null;
    const node = waited || message(envelope, this.ground);
    node.seq = envelope.seq ?? Infinity;
    const after = [...this.log.children].find((other) => other !== node && other.seq > node.seq) || null;
    // Moved only if need be: what enters the log is read out.
    if (!waited || node.nextElementSibling !== after) this.log.insertBefore(node, after);
    this.#date(node, envelope);
    if (envelope.from === "patient" || !this.#anchor) this.#anchor = node;
    this.#settle();
    return true;
  }

  /** @param {import("./connection.js").Outgoing} item */
  wait(item) {
    const envelope = /** @type {any} */ ({ id: item.id, from: "patient", kind: "text", text: item.text });
    const node = message(envelope, this.ground);
    node.seq = Infinity;
    node.classList.add("waiting");
    this.#waiting.set(item, node);
    this.log.append(node);
    this.#anchor = node;
    this.follow();
  }

  /** Say at every waiting message that it waits. @param {boolean} late */
  late(late) {
    for (const node of this.#waiting.values()) {
      if (node.classList.contains("waiting")) node.querySelector(".when").textContent = late ? this.ground.texts.say("waiting") : "";
    }
  }

  /**
   * The gateway has it as number `seq`; the stream may have brought that one already.
   * @param {import("./connection.js").Outgoing} item
   * @param {number | null} seq
   */
  settled(item, seq) {
    const node = this.#waiting.get(item);
    if (!node) return;
    if ([...this.log.children].some((other) => other !== node && other.seq === seq)) {
      node.remove();
      this.#waiting.delete(item);
    } else {
      node.seq = seq ?? Infinity;
      node.classList.remove("waiting");
      node.querySelector(".when").textContent = "";
    }
  }

  /** @param {import("./connection.js").Outgoing} item */
  refused(item) {
    const node = this.#waiting.get(item);
    node?.classList.replace("waiting", "refused");
    if (node) node.querySelector(".when").textContent = this.ground.texts.say("not_sent");
    this.#waiting.delete(item);
  }

  /**
   * A line of the widget itself, not of the conversation.
   * @param {string} text
   * @param {...Node} more
   */
  note(text, ...more) {
    const node = h("div", { class: "message own notice", dir: "auto" }, h("div", { class: "body" }, h("p", { text }), ...more));
    node.seq = Infinity;
    this.log.append(node);
    this.follow();
    return node;
  }

  /** @param {boolean} on */
  typing(on) {
    if (this.dots.hidden === !on) return;
    this.dots.hidden = !on;
    this.#settle();
  }

  /** @param {boolean} waitingToo false keeps what waits to be sent */
  clear(waitingToo = true) {
    this.#shown.clear();
    if (waitingToo) this.#waiting.clear();
    this.log.replaceChildren(...this.#waiting.values());
    this.#anchor = null;
    this.typing(false);
  }

  follow() {
    this.#follow = true;
    this.#settle();
  }

  /** The own message that is this one, now with number and time. @param {Envelope} envelope */
  #waited(envelope) {
    for (const [item, node] of this.#waiting) {
      if (node.seq !== envelope.seq && !(node.seq === Infinity && item.text === envelope.text)) continue;
      this.#waiting.delete(item);
      node.classList.remove("waiting");
      node.querySelector(".when").replaceWith(message(envelope, this.ground).querySelector(".when"));
      return node;
    }
    return null;
  }

  /** The day stands where it changes; times come from the gateway, so a wrong clock here does no harm. */
  #date(/** @type {any} */ node, /** @type {Envelope} */ envelope) {
    const { texts } = this.ground;
    const before = node.previousElementSibling;
    const time = (/** @type {any} */ of) => of?.querySelector(".when time")?.dateTime || "";
    const earlier = time(before);
    before?.classList.toggle("joined", texts.time(earlier) === texts.time(envelope.at)); // a minute is said once
    if (earlier && envelope.at && texts.date(earlier) !== texts.date(envelope.at)) {
      node.querySelector(".when").prepend(`${texts.date(envelope.at)}, `);
    }
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.element;
    const target = this.#target();
    this.#follow = scrollTop >= Math.min(this.#at, target, scrollHeight - clientHeight) - 40;
    if (this.#follow) this.jump.hidden = true;
  }

  #target() {
    const { scrollHeight, clientHeight } = this.element;
    const bottom = scrollHeight - clientHeight;
    // A long answer is read from its beginning, so that beginning must not scroll away.
    return this.#anchor ? Math.min(bottom, this.#anchor.offsetTop - 12) : bottom;
  }

  #settle() {
    if (!this.#follow) this.jump.hidden = false;
    else this.element.scrollTop = this.#at = this.#target();
  }
}
