import { h, icon, prose, runs } from "./dom.js";
import { linksOf } from "./message.js";
import { chip } from "./offer.js";

/** @typedef {import("./message.js").Envelope} Envelope */

const SETTLES = /^alert:(closed|not_now|called)$/; // bot/safety/cards.py: what ends an alarm

/** Danger cards. They stay above the conversation, call button first, until the patient closes them. */
export class Alerts {
  /** @type {Map<string, {envelope: Envelope, node: HTMLElement}>} */
  #open = new Map();

  /**
   * @param {import("./message.js").Ground} ground
   * @param {(text: string, body: {choice: string}) => void} pick
   * @param {(envelope: Envelope, byHand: boolean) => void} closed
   */
  constructor(ground, pick, closed) {
    this.ground = ground;
    this.pick = pick;
    this.closed = closed;
    this.element = h("div", { class: "alerts", hidden: true });
  }

  /** What stands here now. */
  get open() {
    return [...this.#open.values()].map((one) => one.envelope);
  }

  /** A new card of the same flag takes the old one's place. @param {Envelope} envelope */
  add(envelope) {
    const same = this.#open.get(envelope.ref);
    if (same && same.envelope.text === envelope.text) return;
    if (same) this.#remove(envelope.ref, false);
    const { texts } = this.ground;
    const [first, ...rest] = envelope.text.split("\n");
    const card = h(
      "section",
      { class: "alert", role: "alert" },
      h("div", { class: "alert-head" }, icon("warning"),
        h("p", { dir: "auto" }, h("span", { class: "unseen", text: `${texts.say("alert")}: ` }), ...runs(first))),
      linksOf(envelope, this.ground),
      rest.join("").trim() !== "" && h("div", { class: "alert-text" }, prose(rest.join("\n"))),
      envelope.choices?.length > 0 &&
        h("div", { class: "chips" }, ...envelope.choices.map((choice) =>
          chip(choice, choice.title, (title, body) => {
            this.pick(title, body);
            if (SETTLES.test(choice.id)) this.#remove(envelope.ref, true);
            else card.querySelector(".chips")?.remove();
          }))),
    );
    // Outside the live region: its name is not part of the warning.
    const close = h(
      "button",
      { class: "plain", type: "button", "aria-label": texts.say("alert_close"), onclick: () => this.#remove(envelope.ref, true) },
      icon("close"),
    );
    const node = h("div", { class: "alert-frame" }, card, close);
    this.#open.set(envelope.ref, { envelope, node });
    this.element.prepend(node);
    this.element.hidden = false;
    this.element.scrollTop = 0;
  }

  clear() {
    for (const ref of [...this.#open.keys()]) {
      this.#open.get(ref)?.node.remove();
      this.#open.delete(ref);
    }
    this.element.hidden = true;
  }

  /**
   * @param {string} ref
   * @param {boolean} byHand
   */
  #remove(ref, byHand) {
    const found = this.#open.get(ref);
    if (!found) return;
    this.#open.delete(ref);
    found.node.remove();
    this.element.hidden = !this.#open.size;
    this.closed(found.envelope, byHand);
  }
}
