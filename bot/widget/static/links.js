import { h, icon } from "./dom.js";

/**
 * What may be followed: tel:, mailto:, https: and a path of the gateway. Null for everything else.
 * @param {string} href
 * @param {string} base the gateway's address: the page may be another site's
 */
export function safeHref(href, base) {
  if (typeof href !== "string" || /[\s\\]/.test(href)) return null; // browsers drop these when they read an address
  if (/^(tel:[+\d]|mailto:[^:]|https:\/\/)/i.test(href)) return href;
  if (!/^\/(?!\/)/.test(href)) return null;
  const url = new URL(base + href);
  return url.origin === new URL(base).origin ? url.href : null;
}

/**
 * @param {{title: string, href: string}} link
 * @param {import("./message.js").Ground} ground
 */
export function anchor(link, { texts, base }) {
  const href = safeHref(link.href, base);
  if (!href) return null;
  const path = link.href.startsWith("/");
  const calendar = path && /\.ics(\?|$)/.test(link.href);
  const away = !path && /^https:/i.test(href);
  const kind = /^tel:/i.test(href) ? "phone" : /^mailto:/i.test(href) ? "mail" : calendar ? "calendar" : "link";
  const bare = kind === "phone" && /^[+\d\s()-]+$/.test(link.title); // a number alone does not say what happens
  const title = bare ? texts.say("dial", { number: link.title }) : link.title;
  const attributes = away ? { target: "_blank", rel: "noopener noreferrer" } : calendar ? { download: true } : {};
  return h(
    "a",
    { class: `link ${kind}`, href, ...attributes },
    icon(kind),
    h("span", { text: title, dir: "auto" }),
    away && h("span", { class: "unseen", text: ` (${texts.say("new_tab")})` }),
  );
}
