import { h, icon, prose } from "./dom.js";
import { anchor } from "./links.js";

/**
 * @typedef {{
 *   v: number, seq: number | null, id: string, from: "bot" | "staff" | "patient", kind: string, ref: string, text: string,
 *   choices: {id: string, title: string}[], multiple: boolean, sources: {name: string, reviewed: string}[],
 *   links: {title: string, href: string}[], progress: {done: number, of: number} | null, at: string, name?: string,
 * }} Envelope
 * @typedef {{
 *   texts: import("./texts.js").Texts, base: string, rate?: (seq: number, helpful: boolean) => void,
 * }} Ground
 */

/**
 * One message as the reader sees it. Every text goes in as text.
 * @param {Envelope} envelope
 * @param {Ground} ground
 */
export function message(envelope, { texts, base, rate }) {
  const staff = envelope.from === "staff";
  const who = staff
    ? texts.say("from_staff", { staff_name: envelope.name || "" }).replace(/^[,،]\s*/, "")
    : texts.say(envelope.from === "patient" ? "from_patient" : "from_bot");
  const body = h("div", { class: "body" });
  const title = { verdict: "verdict", booking: "booking", alert: "alert" }[envelope.kind];
  if (title) {
    body.append(
      h("h3", {}, envelope.kind === "booking" && icon("calendar"), envelope.kind === "alert" && icon("warning"),
        h("span", { text: texts.say(title) })),
    );
  }
  if (envelope.progress) body.append(progress(envelope.progress, texts));
  body.append(prose(envelope.text));
  const links = linksOf(envelope, { texts, base });
  if (links) body.append(links);
  if (envelope.sources?.length) body.append(sources(envelope.sources, texts));
  if (rate && envelope.kind === "answer" && envelope.seq) body.append(rating(envelope.seq, texts, rate));
  return h(
    "div",
    { class: `message ${envelope.from} ${envelope.kind}`, "data-id": envelope.id },
    h("span", { class: staff ? "who" : "unseen", text: staff ? who : `${who}:`, dir: "auto" }),
    body,
    h("span", { class: "when" }, envelope.at && h("time", { datetime: envelope.at, text: texts.time(envelope.at) })),
  );
}

/**
 * @param {Envelope} envelope
 * @param {Ground} ground
 */
export function linksOf(envelope, ground) {
  const anchors = (envelope.links || []).map((link) => anchor(link, ground)).filter(Boolean);
  return anchors.length ? h("div", { class: "links" }, ...anchors) : null;
}

/**
 * @param {{done: number, of: number}} state
 * @param {import("./texts.js").Texts} texts
 */
function progress({ done, of }, texts) {
  const label = texts.say("progress", { done, of });
  return h(
    "div",
    { class: "progress" },
    h("span", { text: label }),
    h("progress", { max: Math.max(of, 1), value: Math.min(done, of), "aria-hidden": "true" }),
  );
}

/**
 * Two buttons. They come a moment later, into a place that is not read aloud, so that each answer is read without them.
 * @param {number} seq
 * @param {import("./texts.js").Texts} texts
 * @param {(seq: number, helpful: boolean) => void} rate
 */
function rating(seq, texts, rate) {
  const made = h("div", { class: "rating", "aria-live": "off" });
  const button = (/** @type {boolean} */ helpful) =>
    h("button", {
      type: "button", class: helpful ? "" : "no", "aria-pressed": "false",
      "aria-label": texts.say(helpful ? "helpful" : "unhelpful"), title: texts.say(helpful ? "helpful" : "unhelpful"),
      onclick: (/** @type {any} */ event) => {
        for (const one of made.children) one.setAttribute("aria-pressed", String(one === event.currentTarget));
        rate(seq, helpful);
      },
    }, icon("thumb"));
  setTimeout(() => made.append(button(true), button(false)), 600);
  return made;
}

/**
 * @param {{name: string, reviewed: string}[]} list
 * @param {import("./texts.js").Texts} texts
 */
function sources(list, texts) {
  const oldest = list.map((one) => one.reviewed).sort()[0];
  const reviewed = texts.say("reviewed", { date: texts.date(oldest) });
  if (list.length === 1) {
    return h("p", { class: "sources", dir: "auto" }, h("cite", { text: list[0].name }), ` · ${reviewed}`);
  }
  return h(
    "details",
    { class: "sources" },
    h("summary", { text: `${texts.say("sources_many", { count: list.length })} · ${reviewed}`, dir: "auto" }),
    h(
      "ul",
      { role: "list" },
      ...list.map((one) =>
        h("li", { dir: "auto" }, h("cite", { text: one.name }),
          ` · ${texts.say("reviewed", { date: texts.date(one.reviewed) })}`),
      ),
    ),
  );
}
