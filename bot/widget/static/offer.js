import { h } from "./dom.js";

/** @typedef {import("./message.js").Envelope} Envelope */

const ALONE = /:(none|declined)$/; // a pick that no other goes with (bot/eligibility/render.py)
const SLOT = /^booking:/;
const CLOCK = /^(.*?)[\s,،]*(\d{1,2}[:.]\d\d(?:\s?[ap]\.?m\.?)?)\s*$/i;

/**
 * What the reader can pick now: the choices of the messages since their own last one. A question stands alone.
 * @param {Envelope[]} messages
 */
export function openChoices(messages) {
  const last = messages.map((one) => one.from).lastIndexOf("patient");
  const open = messages.slice(last + 1).filter((one) => one.choices?.length && one.kind !== "alert");
  const asked = open.filter((one) => one.multiple || one.kind === "question").pop();
  const from = asked ? [asked] : open;
  const seen = new Set();
  const choices = from
    .flatMap((one) => one.choices)
    .filter((choice) => !seen.has(choice.id) && seen.add(choice.id));
  return { choices, multiple: Boolean(asked?.multiple), key: from.map((one) => one.id).join() };
}

/**
 * @param {{choices: {id: string, title: string}[], multiple: boolean}} open
 * @param {import("./texts.js").Texts} texts
 * @param {(text: string, body: {choice?: string, choices?: string[]}) => void} pick
 */
export function offer(open, texts, pick) {
  if (open.multiple) return several(open.choices, texts, pick);
  const slots = open.choices.filter((choice) => SLOT.test(choice.id) && CLOCK.test(choice.title));
  const others = open.choices.filter((choice) => !slots.includes(choice));
  const made = document.createDocumentFragment();
  if (slots.length) made.append(calendar(slots, texts, pick));
  if (others.length) {
    made.append(
      h("div", { class: "chips", role: "group", "aria-label": texts.say("suggestions") },
        ...others.map((choice) => chip(choice, choice.title, pick))),
    );
  }
  return made;
}

/**
 * @param {{id: string, title: string}} choice
 * @param {string} label
 * @param {(text: string, body: {choice: string}) => void} pick
 */
export function chip(choice, label, pick) {
  return h("button", {
    class: "chip",
    type: "button",
    dir: "auto",
    text: label,
    onclick: () => pick(choice.title, { choice: choice.id }),
  });
}

/** Times under their days. A title carries weekday, date and clock time, so nothing is guessed. */
function calendar(
  /** @type {{id: string, title: string}[]} */ slots,
  /** @type {import("./texts.js").Texts} */ texts,
  /** @type {any} */ pick,
) {
  const days = new Map();
  for (const slot of slots) {
    const [, day, clock] = /** @type {RegExpExecArray} */ (CLOCK.exec(slot.title));
    if (!days.has(day)) days.set(day, []);
    days.get(day).push(chip(slot, clock, pick));
  }
  return h(
    "div",
    { class: "slots", role: "group", "aria-label": texts.say("slots") },
    ...[...days].map(([day, times], at) =>
      h("div", { class: "day", role: "group", "aria-labelledby": `day-${at}` },
        h("h3", { id: `day-${at}`, text: day, dir: "auto" }),
        h("div", { class: "times" }, ...times)),
    ),
  );
}

function several(
  /** @type {{id: string, title: string}[]} */ choices,
  /** @type {import("./texts.js").Texts} */ texts,
  /** @type {any} */ pick,
) {
  const firstAlone = choices.findIndex((choice) => ALONE.test(choice.id));
  const error = h("p", { class: "error", id: "picks-error", role: "alert" });
  const boxes = choices.map((choice, at) =>
    h("input", { type: "checkbox", id: `pick-${at}`, value: choice.id, onchange: changed }),
  );
  /** @param {Event} event */
  function changed(event) {
    const box = /** @type {HTMLInputElement} */ (event.target);
    const alone = ALONE.test(box.value);
    for (const other of boxes) if (box.checked && other !== box && (alone || ALONE.test(other.value))) other.checked = false;
    error.textContent = "";
    form.removeAttribute("aria-describedby");
  }
  /** @param {Event} event */
  function done(event) {
    event.preventDefault();
    const picked = choices.filter((_, at) => boxes[at].checked);
    if (picked.length) {
      return pick(picked.map((choice) => choice.title).join(", "), { choices: picked.map((choice) => choice.id) });
    }
    error.textContent = texts.say("pick_one_error");
    form.setAttribute("aria-describedby", "picks-error");
    boxes[0].focus();
  }
  const form = h(
    "form",
    { class: "picks", onsubmit: done, novalidate: true },
    h(
      "fieldset",
      {},
      h("legend", { text: texts.say("pick_several") }),
      ...choices.map((choice, at) =>
        h("label", { class: at === firstAlone && "first-alone", for: `pick-${at}` }, boxes[at],
          h("span", { text: choice.title, dir: "auto" })),
      ),
    ),
    error,
    h("button", { class: "primary", type: "submit", text: texts.say("send_picks") }),
  );
  return form;
}
