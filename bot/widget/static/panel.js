import { h, icon, runs } from "./dom.js";

/**
 * The frame around a conversation: header, place for alerts, transcript, composer, footer, and the menu.
 * @typedef {{
 *   close: () => void, say: (text: string) => void, types: () => void, human: () => void, download: () => void, end: () => void, erase: () => void,
 * }} Acts
 */
export class Panel {
  /**
   * @param {{texts: import("./texts.js").Texts, clinic: any}} ground
   * @param {{alerts: HTMLElement, transcript: import("./transcript.js").Transcript}} parts
   * @param {Acts} acts
   */
  constructor({ texts, clinic }, { alerts, transcript }, acts) {
    this.texts = texts;
    this.acts = acts;
    this.transcript = transcript;
    this.title = h("h2", { id: "title", tabindex: "-1", text: texts.say("title") });
    this.menuButton = h(
      "button",
      { class: "plain more", type: "button", "aria-label": texts.say("menu"), "aria-expanded": "false", "aria-controls": "menu",
        onclick: () => this.toggleMenu() },
      icon("more"),
    );
    this.menu = h(
      "div",
      { id: "menu", class: "menu", hidden: true },
      this.#item("human", acts.human),
      this.#item("download", acts.download),
      this.#item("end", () => this.#confirm("end", acts.end)),
      this.#item("delete", () => this.#confirm("delete", acts.erase)),
    );
    this.line = h("p", { class: "line", role: "status", dir: "auto" });
    this.status = h("p", { class: "unseen", role: "status" });
    this.input = h("textarea", {
      id: "message", rows: "1", maxlength: "4000", dir: "auto", enterkeyhint: "send", autocomplete: "off",
      placeholder: texts.say("message"), onkeydown: (/** @type {KeyboardEvent} */ event) => this.#typed(event),
      oninput: () => { this.#grow(); this.acts.types(); },
    });
    this.composer = h(
      "form",
      { class: "composer", onsubmit: (/** @type {Event} */ event) => this.#submit(event) },
      h("label", { class: "unseen", for: "message", text: texts.say("message") }),
      this.input,
      h("button", { class: "primary send", type: "submit", "aria-label": texts.say("send") }, icon("send")),
    );
    this.sheet = h("dialog", { class: "sheet", "aria-labelledby": "sheet-title", "aria-describedby": "sheet-text" });
    this.element = h(
      "dialog",
      { class: "panel", "aria-labelledby": "title", "aria-describedby": "disclosure" },
      h(
        "div",
        { class: "head" },
        h("span", { class: "mark" }, icon("chat")),
        h("div", { class: "names" }, this.title, h("p", { id: "disclosure", text: texts.say("disclosure") })),
        this.menuButton,
        h("button", { class: "plain", type: "button", "aria-label": texts.say("close"), onclick: acts.close }, icon("close")),
        this.menu,
      ),
      this.line,
      alerts,
      transcript.element,
      transcript.jump,
      this.composer,
      h(
        "div",
        { class: "foot" },
        texts.translation === "unreviewed" && h("p", { text: texts.say("unreviewed") }),
        h("p", { text: texts.say("general") }),
        h("p", {}, tel(texts.say("call"), clinic.phone), " ",
          tel(texts.say("emergency"), clinic.emergency)),
      ),
      this.status,
      this.sheet,
    );
    this.element.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.#escape(event));
    this.element.addEventListener("cancel", (/** @type {Event} */ event) => event.preventDefault());
    this.element.addEventListener("click", (/** @type {MouseEvent} */ event) => {
      const path = event.composedPath();
      if (!this.menu.hidden && !path.includes(this.menu) && !path.includes(this.menuButton)) this.toggleMenu(false);
    });
    this.phone = matchMedia("(max-width: 480px), (max-height: 420px)");
    this.phone.addEventListener("change", () => this.element.open && this.show());
    window.visualViewport?.addEventListener("resize", () => this.#fit());
  }

  /** A phone's screen is all the panel's: there it is modal, so that nothing behind it can be reached. */
  show() {
    const focused = /** @type {any} */ (this.element.getRootNode()).activeElement;
    if (this.element.open) this.element.close();
    if (this.phone.matches) this.element.showModal();
    else this.element.show();
    this.#fit();
    if (focused && this.element.contains(focused)) focused.focus();
  }

  /** Where reading begins. On a phone not in the message field: its keyboard would cover the conversation. */
  focus() {
    if (this.#touched()) this.title.focus();
    else this.input.focus();
  }

  /** After a pick the picked button is gone; the focus must not be lost with it. */
  refocus() {
    (this.#touched() ? this.transcript.element : this.input).focus({ preventScroll: true });
  }

  #touched() {
    return this.phone.matches || matchMedia("(pointer: coarse)").matches;
  }

  hide() {
    this.toggleMenu(false);
    this.sheet.close();
    this.element.close();
  }

  /** Said politely to those who listen. @param {string} text */
  announce(text) {
    this.status.textContent = text;
  }

  /** @param {string} text what is in the way, "" when nothing is */
  trouble(text) {
    if (this.line.textContent !== text) this.line.replaceChildren(...runs(text));
  }

  /** @param {string} text a message to be worked on again; what is being written stays */
  restore(text) {
    if (!this.input.value) this.input.value = text;
    this.#grow();
  }

  /** @param {boolean} [open] */
  toggleMenu(open = this.menu.hidden) {
    const focused = /** @type {any} */ (this.menu.getRootNode()).activeElement;
    this.menuButton.setAttribute("aria-expanded", String(open));
    this.menu.hidden = !open;
    if (open) this.menu.querySelector("button")?.focus();
    else if (this.menu.contains(focused)) this.menuButton.focus();
  }

  /**
   * @param {string} key
   * @param {() => void} act
   */
  #item(key, act) {
    return h("button", {
      type: "button",
      text: this.texts.say(key),
      onclick: () => {
        this.menuButton.focus();
        this.toggleMenu(false);
        act();
      },
    });
  }

  /**
   * @param {string} key
   * @param {() => void} act
   */
  #confirm(key, act) {
    const close = () => this.sheet.close();
    this.sheet.replaceChildren(
      h("h2", { id: "sheet-title", text: this.texts.say(`${key}_title`) }),
      h("p", { id: "sheet-text", text: this.texts.say(`${key}_text`) }),
      h("div", { class: "answers" },
        h("button", { class: "chip", type: "button", text: this.texts.say("cancel"), onclick: close }),
        h("button", { class: "primary", type: "button", text: this.texts.say(`${key}_yes`), onclick: () => (close(), act()) })),
    );
    this.sheet.showModal(); // focus goes to the harmless answer, and back to the menu button
  }

  /** @param {KeyboardEvent} event */
  #escape(event) {
    if (event.key !== "Escape" || event.isComposing || this.sheet.open) return;
    event.stopPropagation();
    event.preventDefault();
    if (this.menu.hidden) this.acts.close();
    else this.toggleMenu(false);
  }

  /** @param {KeyboardEvent} event */
  #typed(event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) this.#submit(event);
  }

  /** @param {Event} event */
  #submit(event) {
    event.preventDefault();
    const text = this.input.value.trim();
    this.input.focus();
    if (!text) return;
    this.input.value = "";
    this.#grow();
    this.acts.say(text);
  }

  #grow() {
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight + 2, 132)}px`;
  }

  /** Above the keyboard of a phone, which covers the page without changing its size. */
  #fit() {
    const view = window.visualViewport;
    if (!view) return;
    const covered = this.phone.matches && view.height < window.innerHeight - 60;
    this.element.style.setProperty("--height", covered ? `${view.height}px` : "");
    this.element.style.setProperty("--top", covered ? `${view.offsetTop}px` : "");
  }
}

/**
 * @param {string} text
 * @param {{dial: string}} number
 */
function tel(text, number) {
  return h("a", { href: `tel:${number.dial}`, text });
}
