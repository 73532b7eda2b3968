import { Alerts } from "./alerts.js";
import { Connection } from "./connection.js";
import { h, icon } from "./dom.js";
import { Memory } from "./memory.js";
import { offer, openChoices } from "./offer.js";
import { Panel } from "./panel.js";
import { Texts } from "./texts.js";
import { paint } from "./theme.js";
import { Transcript } from "./transcript.js";

/** @typedef {import("./message.js").Envelope} Envelope */

const TYPING_AT_MOST = 30000; // then somebody else answers, or nobody: no dots that promise more
const TYPES_EVERY = 3000;
const REST_AFTER = 60000; // a page in the background gives its connection back
const OPENERS = "[data-mesobot-open], a[href='#mesobot']";

/**
 * `<mesobot-chat>`: the launcher and the panel. Made by widget.js, or written by the page itself.
 * It tells the page what happens by events without content: mesobot:ready, open, close, sent, received, ended.
 */
export class MesobotChat extends HTMLElement {
  #started = false;
  #unread = 0;
  #offered = "";
  #typesAgain = 0;
  /** @type {any} */
  #typing = 0;
  /** @type {any} */
  #resting = 0;
  /** @type {HTMLElement | null} */
  #opener = null;

  /**
   * @param {{base: string, config: any, sheet: CSSStyleSheet | HTMLElement, clinic: string, accent: string, greeting: number}} start
   */
  prepare(start) {
    if (this.#started) return;
    this.#started = true;
    const { base, config, sheet } = start;
    this.base = base;
    this.texts = new Texts(config);
    this.memory = new Memory(start.clinic);
    const rate = (/** @type {number} */ seq, /** @type {boolean} */ helpful) =>
      this.connection?.signal("feedback", { seq, helpful });
    const ground = { texts: this.texts, base, clinic: config.clinic, rate };
    const say = (/** @type {string} */ text, /** @type {any} */ body) => this.#say(text, body);
    this.transcript = new Transcript(ground);
    this.alerts = new Alerts(ground, say, (envelope, byHand) => this.#alertClosed(envelope, byHand));
    this.panel = new Panel(ground, { alerts: this.alerts.element, transcript: this.transcript }, {
      close: () => this.close(),
      say: (text) => say(text, { text }),
      types: () => this.#types(),
      human: () => this.#human(),
      download: () => this.#download(),
      end: () => this.#leave("cleared"),
      erase: () => this.#erase(),
    });
    this.connection = new Connection(base, this.memory, this.texts.language, {
      receive: (envelope) => this.#receive(envelope),
      restored: () => this.#restored(),
      settled: (item, seq) => this.#settled(item, seq),
      refused: (item, problem) => this.#refused(item, problem),
      line: (up) => this.#line(up),
      ended: () => this.#ended(),
      notice: (text) => this.panel?.trouble(text),
    });
    this.badge = h("span", { class: "badge", hidden: true });
    this.launcher = h(
      "button",
      { class: "launcher primary", type: "button", "aria-haspopup": "dialog", onclick: () => this.open() },
      icon("chat"),
      h("span", { text: this.texts.say("launcher") }),
      this.badge,
    );
    this.probe = h("span", { class: "probe", hidden: true });
    this.root = h(
      "div",
      { class: "root", lang: this.texts.language, dir: this.texts.direction,
        "data-side": getComputedStyle(document.documentElement).direction },
      this.probe,
      this.launcher,
      this.panel.element,
    );
    const shadow = this.attachShadow({ mode: "open" });
    if (sheet instanceof HTMLElement) shadow.append(sheet);
    else shadow.adoptedStyleSheets = [sheet];
    shadow.append(this.root);
    if (start.accent) this.root.style.setProperty("--clinic-accent", start.accent);
    this.#paint();
    this.#listen();
    if (this.connection.begun) {
      this.transcript.quiet(true);
      this.connection.start();
      if (this.memory.kept.open) this.open({ focus: false });
    }
    if (start.greeting > 0 && !this.memory.kept.greeted && !this.connection.begun) {
      setTimeout(() => this.#greet(), start.greeting * 1000);
    }
    if (location.hash === "#mesobot") this.open();
    this.#tell("ready");
  }

  get isOpen() {
    return Boolean(this.panel?.element.open);
  }

  /** @param {{focus?: boolean, opener?: HTMLElement | null}} [how] */
  open({ focus = true, opener = null } = {}) {
    if (!this.panel || this.isOpen) return;
    this.#opener = opener;
    this.greeting?.remove();
    this.panel.show();
    this.launcher.hidden = true;
    this.memory?.keep({ open: true, greeted: true });
    this.#read();
    this.transcript?.follow();
    this.connection?.start(); // no conversation is made before somebody wants one
    if (focus) this.panel.focus();
    this.#tell("open");
  }

  close() {
    if (!this.panel || !this.isOpen) return;
    this.panel.hide();
    this.launcher.hidden = false;
    this.memory?.keep({ open: false });
    const back = this.#opener?.isConnected ? this.#opener : this.launcher;
    back.focus();
    this.#tell("close");
  }

  #listen() {
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", () => this.#paint());
    new MutationObserver(() => this.#paint()).observe(this, { attributes: true, attributeFilter: ["style", "data-theme"] });
    document.addEventListener("click", (event) => {
      const opener = event.target instanceof Element ? event.target.closest(OPENERS) : null;
      if (!opener) return;
      event.preventDefault();
      const words = opener.getAttribute("data-mesobot-open");
      this.open({ opener: /** @type {HTMLElement} */ (opener) });
      if (words) this.panel?.restore(words);
    });
    addEventListener("online", () => this.connection?.wake());
    addEventListener("offline", () => this.#line(false));
    // An open stream would keep the page out of the back/forward cache.
    addEventListener("pagehide", () => this.connection?.stop());
    addEventListener("pageshow", (event) => event.persisted && this.#resume());
    addEventListener("beforeunload", (event) => {
      if (this.connection?.queue.length) event.preventDefault(); // what waits to be sent would be lost
    });
    document.addEventListener("visibilitychange", () => {
      clearTimeout(this.#resting);
      if (!document.hidden) this.#resume();
      else this.#resting = setTimeout(() => this.connection?.queue.length || this.connection?.stop(), REST_AFTER);
    });
  }

  #resume() {
    if (this.connection?.begun || this.isOpen) this.connection?.start();
    this.connection?.wake();
  }

  #paint() {
    const wanted = this.dataset.theme;
    const dark = wanted ? wanted === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    this.root.dataset.theme = dark ? "dark" : "light";
    paint(this.root, this.probe, dark);
  }

  /** @param {string} name */
  #tell(name) {
    this.dispatchEvent(new CustomEvent(`mesobot:${name}`, { bubbles: true, composed: true }));
  }

  /**
   * @param {string} text
   * @param {{text?: string, choice?: string, choices?: string[]}} body
   */
  #say(text, body) {
    if (!this.connection || !this.transcript) return;
    this.#offer({ choices: [], multiple: false, key: "said" });
    this.transcript.wait(this.connection.send(text, body));
    this.transcript.late(this.root.classList.contains("away"));
    if (!body.text) this.panel?.refocus();
    this.#tell("sent");
  }

  #human() {
    const text = this.texts?.say("human") || "";
    const offered = this.transcript?.messages.some((one) => one.choices?.some((choice) => choice.id === "human"));
    this.#say(text, offered ? { choice: "human" } : { text });
  }

  /** @param {Envelope} envelope */
  #receive(envelope) {
    if (envelope.from !== "patient") this.#dots(false);
    if (envelope.kind === "alert" && (envelope.seq ?? Infinity) > (this.memory?.kept.closed || 0)) {
      if (!this.transcript?.has(envelope.id)) this.alerts?.add(envelope);
    } else if (!this.transcript?.add(envelope)) return;
    if (envelope.from !== "patient") {
      if (!this.#restoring) this.#tell("received");
      if (envelope.seq && envelope.seq > (this.memory?.kept.seen || 0)) this.#unread += 1;
    }
    if (this.isOpen) this.#read();
    else if (envelope.kind === "alert") this.open({ focus: false });
    this.#badge();
    if (!this.#restoring) this.#offer();
  }

  get #restoring() {
    return this.transcript?.log.getAttribute("aria-live") === "off";
  }

  #restored() {
    this.#offer();
    // The log speaks again once what was there already is in place.
    setTimeout(() => this.transcript?.quiet(false), 300);
  }

  #read() {
    const seen = this.connection?.last || 0;
    this.#unread = 0;
    if (seen > (this.memory?.kept.seen || 0)) this.memory?.keep({ seen });
    this.#badge();
  }

  #badge() {
    const text = this.texts?.count("unread", this.#unread) || "";
    this.badge.hidden = !this.#unread;
    this.badge.replaceChildren(
      h("span", { "aria-hidden": "true", text: String(this.#unread) }),
      h("span", { class: "unseen", text }),
    );
  }

  #offer(open = openChoices(this.transcript?.messages || [])) {
    if (!this.transcript || !this.texts || open.key === this.#offered) return;
    this.#offered = open.key;
    const some = open.choices.length;
    this.transcript.offer.replaceChildren(
      ...(some ? [offer(open, this.texts, (text, body) => this.#say(text, body))] : []),
    );
    this.transcript.follow();
    this.panel?.announce(some ? this.texts.count("suggestions", some) : "");
  }

  /**
   * @param {import("./connection.js").Outgoing} item
   * @param {number | null} seq
   */
  #settled(item, seq) {
    this.transcript?.settled(item, seq);
    const answered = (this.connection?.last || 0) > (seq || 0);
    if (!answered && !this.#withStaff) this.#dots(true); // a person answers in their own time
  }

  /** Whether a person speaks here now. */
  get #withStaff() {
    return this.transcript?.messages.filter((one) => one.from !== "patient").pop()?.from === "staff";
  }

  /** Who reads along sees that something is coming, not what. */
  #types() {
    if (!this.#withStaff || Date.now() < this.#typesAgain) return;
    this.#typesAgain = Date.now() + TYPES_EVERY;
    this.connection?.signal("typing", {});
  }

  /**
   * @param {import("./connection.js").Outgoing} item
   * @param {any} problem
   */
  #refused(item, problem) {
    this.transcript?.refused(item);
    if (problem?.detail) this.transcript?.note(problem.detail);
    if (item.body.text) this.panel?.restore(item.text);
    this.#offered = "";
    this.#offer();
  }

  /** @param {boolean} on */
  #dots(on) {
    clearTimeout(this.#typing);
    this.transcript?.typing(on);
    if (on) this.#typing = setTimeout(() => this.#dots(false), TYPING_AT_MOST);
  }

  /** @param {boolean} up */
  #line(up) {
    const was = this.root.classList.contains("away");
    this.root.classList.toggle("away", !up);
    this.panel?.trouble(up ? "" : this.texts?.say("offline") || "");
    this.transcript?.late(!up);
    if (!up) this.#dots(false);
    if (up && was) this.panel?.announce(this.texts?.say("back_online") || "");
  }

  /**
   * @param {Envelope} envelope
   * @param {boolean} byHand
   */
  #alertClosed(envelope, byHand) {
    // What the card said stays readable in its place among the messages. Cards without a number were never kept.
    if (envelope.seq) this.transcript?.add(envelope);
    if (!byHand) return;
    if (envelope.seq) this.memory?.keep({ closed: Math.max(envelope.seq, this.memory.kept.closed || 0) });
    this.panel?.refocus();
  }

  /** The session is over: it expired, or was erased on another page. Its messages don't stay on the screen. */
  #ended() {
    this.transcript?.clear(false);
    this.transcript?.quiet(false);
    this.#unread = 0;
    this.#badge();
    this.#again("ended");
    this.#tell("ended");
  }

  /** @param {string} key */
  #leave(key) {
    this.connection?.leave();
    this.alerts?.clear();
    this.transcript?.clear();
    this.transcript?.quiet(false);
    this.panel?.trouble("");
    this.#again(key);
    this.#tell("ended");
  }

  /** @param {string} key */
  #again(key) {
    this.#offer({ choices: [], multiple: false, key });
    const button = h("button", { class: "chip", type: "button", text: this.texts?.say("new_chat"), onclick: () => {
      note.remove();
      this.connection?.start();
      this.panel?.focus();
    } });
    const note = this.transcript?.note(this.texts?.say(key) || "", button);
    if (this.isOpen) button.focus({ preventScroll: true });
  }

  async #erase() {
    if (await this.connection?.erase()) this.#leave("deleted");
    else this.transcript?.note(this.texts?.say("not_deleted") || "");
  }

  #download() {
    const { texts, transcript } = this;
    if (!texts || !transcript) return;
    const all = [...transcript.messages, ...(this.alerts?.open || [])].sort((a, b) => (a.seq ?? Infinity) - (b.seq ?? Infinity));
    const lines = all.map((one) => {
      const who = one.from === "staff" ? one.name || "" : texts.say(one.from === "patient" ? "from_patient" : "from_bot");
      const more = (one.links || []).map((link) => `${link.title}: ${link.href}`);
      return `[${texts.date(one.at)}, ${texts.time(one.at)}] ${who}:\n${[one.text, ...more].join("\n")}\n`;
    });
    const text = [texts.say("title"), texts.say("disclosure"), texts.say("general"), "", ...lines].join("\n");
    const href = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
    h("a", { href, download: `${texts.say("download_name")}.txt` }).click();
    setTimeout(() => URL.revokeObjectURL(href), 1000);
  }

  #greet() {
    if (this.isOpen || !this.texts) return;
    this.memory?.keep({ greeted: true });
    this.greeting = h(
      "div",
      { class: "greeting", role: "status" },
      h("p", { text: this.texts.say("greeting") }),
      h("div", { class: "answers" },
        h("button", { class: "chip", type: "button", text: this.texts.say("greeting_close"), onclick: () => this.greeting.remove() }),
        h("button", { class: "primary", type: "button", text: this.texts.say("launcher"), onclick: () => this.open() })),
    );
    this.root.insertBefore(this.greeting, this.launcher);
  }
}
