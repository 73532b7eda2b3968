/** Builds elements from text and other elements only: there is no way to pass markup through here. */

const SVG = "http://www.w3.org/2000/svg";

const PATHS = {
  chat: "M4 5.5A2.5 2.5 0 0 1 6.5 3h11A2.5 2.5 0 0 1 20 5.5v8a2.5 2.5 0 0 1-2.5 2.5H11l-4.6 4.1c-.5.5-1.4.1-1.4-.6V15.6A2.5 2.5 0 0 1 4 13.5z",
  close: "M6 6l12 12M18 6L6 18",
  more: "M12 5.2v.1M12 12v.1M12 18.8v.1",
  send: "M5 12h13M12.5 5.5L19 12l-6.5 6.5",
  phone: "M6.5 3.5h3l1.5 4.5-2 1.5a12 12 0 0 0 5.5 5.5l1.5-2 4.5 1.5v3a2 2 0 0 1-2.2 2A16.5 16.5 0 0 1 4.5 5.7a2 2 0 0 1 2-2.2z",
  warning: "M12 3.5L2.5 20h19zM12 10v4.5M12 17.2v.1",
  thumb: "M7.5 11v8.5h-3V11zM7.5 11l3.7-7c1.6 0 2.3 1 2.1 2.4l-.6 3.6h5.1c1.1 0 1.8.9 1.6 1.9l-1.1 5.9c-.2 1-.9 1.7-1.9 1.7H7.5",
  calendar: "M4.5 6.5h15v13h-15zM4.5 10.5h15M8.5 3.5v4M15.5 3.5v4",
  down: "M12 5v14M6 13l6 6 6-6",
  mail: "M3.5 6h17v12h-17zM4 6.5l8 6.5 8-6.5",
  link: "M9 6H5.5v12.5H18V15M12 5h7v7M18.5 5.5L10 14",
};

/**
 * @param {string} name
 * @param {Record<string, any>} [attributes] `on…` are listeners, `text` is the text, false and null are left out
 * @param {...(Node | string | null | undefined | false)} children
 * @returns {any}
 */
export function h(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === false || value == null) continue;
    if (key === "text") made.append(...runs(String(value)));
    else if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(.../** @type {(Node | string)[]} */ (children.filter((child) => child != null && child !== false)));
  return made;
}

/** @param {keyof typeof PATHS} name */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("focusable", "false");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

const NUMBER = /(\+?\d[\d\u00a0 ()-]{4,}\d)/;

/**
 * Text with phone numbers held together: their groups would turn around among right-to-left words.
 * @param {string} text
 * @returns {(Node | string)[]}
 */
export function runs(text) {
  return text.split(NUMBER).map((part, at) => (at % 2 ? h("span", { class: "number", dir: "ltr" }, part) : part));
}

/**
 * Plain text as paragraphs, with lists where lines begin with "- ": the only structure that a message may have.
 * @param {string} text
 */
export function prose(text) {
  const made = h("div", { class: "text", dir: "auto" }); // each message in its own direction
  for (const block of text.split(/\n{2,}/)) {
    /** @type {HTMLElement | null} */
    let list = null;
    /** @type {string[]} */
    let lines = [];
    const flush = () => {
      if (lines.length) made.append(h("p", { text: lines.join("\n") }));
      lines = [];
    };
    for (const line of block.split("\n")) {
      const item = /^\s*[-•]\s+(.*)/.exec(line);
      if (item) {
        flush();
        if (!list) made.append((list = h("ul", { role: "list" })));
        /** @type {HTMLElement} */ (list).append(h("li", { text: item[1] }));
      } else {
        list = null;
        if (line.trim()) lines.push(line);
      }
    }
    flush();
  }
  return made;
}
